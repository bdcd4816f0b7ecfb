package io.loomline.server.listen;

import io.loomline.driver.Driver;
import io.loomline.driver.SocketOptions;
import io.loomline.net.Connections;

/**
 * What is needed to get listening sockets from elsewhere.
 *
 * @param driver adopts them
 * @param options the options of the accepted channels
 * @param connections makes the connection to a predecessor
 */
public record ListenPlace(Driver driver, SocketOptions options, Connections connections) {}
