package io.loomline.server;

import io.loomline.driver.Driver;
import io.loomline.net.Connections;

/**
 * What the opening of listening sockets needs.
 *
 * @param driver opens or adopts them
 * @param options the options of the server
 * @param connections makes the connection to a predecessor
 */
record ListenPlace(Driver driver, ServerOptions options, Connections connections) {}
