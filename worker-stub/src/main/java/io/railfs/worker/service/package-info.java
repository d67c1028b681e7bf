/** The worker's two network services: names and attributes (rpc), and pages (data). */
package io.railfs.worker.service;
