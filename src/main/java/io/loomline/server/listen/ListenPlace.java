package io.loomline.server.listen;

import io.loomline.driver.Driver;
import io.loomline.driver.SocketOptions;
import io.loomline.net.Connections;

/**
 * What is needed to open listening sockets, or to get them from elsewhere.
 *
 * @param driver opens or adopts them
 * @param options the options of the accepted channels
 * @param backlog how many clients may wait to be accepted
 * @param connections makes the connection to a predecessor
 */
public record ListenPlace(
        Driver driver, SocketOptions options, int backlog, Connections connections) {}
