package io.loomline.net;

/** Serves the connections of a server: sequential code that reads and writes until it returns. */
@FunctionalInterface
public interface ConnectionHandler {
    /**
     * Serves one connection, in a task of its own. When the method returns or throws, the server
     * closes the connection.
     *
     * @param connection the connection
     * @throws Exception if serving fails; this ends only this connection, and is logged once
     */
    void handle(Connection connection) throws Exception;
}
