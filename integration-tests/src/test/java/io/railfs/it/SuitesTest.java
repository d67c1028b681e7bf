// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that others wrote to find wrong bytes, on a mount. */
final class SuitesTest {
  private static MountEnvironment playground;

  @BeforeAll
  static void mount() {
    playground =
        MountEnvironment.mounted(
            root ->
                Shell.bash(
                        """
                        cd "$1"
                        fio --name=v --filename=verify --size=64m --bs=64k --rw=write --verify=crc32c --do_verify=0 >/dev/null
                        python3 - <<'PY'
                        import io, os, random, sqlite3, tarfile
                        random.seed(7)
                        with tarfile.open("shard.tar", "w") as tar:
                            for i in range(300):
                                data = random.randbytes(random.randrange(60000))
                                entry = tarfile.TarInfo("%06d.bin" % i)
                                entry.size = len(data)
                                tar.addfile(entry, io.BytesIO(data))
                        base = sqlite3.connect("base.sqlite")
                        base.execute("create table t (a integer primary key, b blob)")
                        base.executemany("insert into t values (?, ?)", ((i, random.randbytes(500)) for i in range(5000)))
                        base.commit()
                        PY
                        mkdir repository && cd repository && git init -q . && git config user.email a@b && git config user.name a
                        for i in 1 2 3 4 5; do head -c 200000 /dev/urandom > "f$i"; git add . && git commit -qm "$i"; done; git gc -q
                        """,
                        root)
                    .ok());
  }

  @AfterAll
  static void unmount() {
    playground.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--ioengine=psync --rw=randread",
        "--ioengine=mmap --rw=randread",
        "--ioengine=psync --rw=read --direct=1",
        "--ioengine=libaio --iodepth=16 --direct=1 --rw=randread"
      })
  void fioVerifiesEveryBlock(String how) {
    MountEnvironment.dropKernelPages(playground.mountpoint.resolve("verify"));
    Shell.bash(
            "cd /tmp && fio --readonly --name=v --filename=\"$1/verify\" --size=64m --bs=64k --verify=crc32c "
                + how,
            playground.mountpoint)
        .ok();
  }

  @Test
  void aTarShardStreamsWhole() {
    String script =
        "python3 -c 'import tarfile,hashlib,sys\nh=hashlib.sha256()\nfor e in (t:=tarfile.open(sys.argv[1],\"r|\")): h.update(t.extractfile(e).read())\nprint(h.hexdigest())' \"$1/shard.tar\"";
    assertThat(both(script)).isNotBlank();
  }

  @Test
  void aDatabaseIsWhole() {
    assertThat(
            both(
                "python3 -c 'import sqlite3,sys; print(sqlite3.connect(\"file:\"+sys.argv[1]+\"?mode=ro&immutable=1\",uri=True).execute(\"pragma integrity_check\").fetchall())' \"$1/base.sqlite\""))
        .contains("ok");
  }

  @Test
  void aRepositoryIsWhole() {
    both("git -c safe.directory='*' -C \"$1/repository\" fsck --full --strict 2>&1");
  }

  private static String both(String script) {
    Path mount = playground.mountpoint;
    String there = Shell.bash(script, mount).ok().out();
    assertThat(there).isEqualTo(Shell.bash(script, playground.dataset).ok().out());
    return there;
  }
}
