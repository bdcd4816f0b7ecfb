package io.loomline.net;

/** What a server does with a connection: sequential code that reads and writes until it is done. */
@FunctionalInterface
public interface ConnectionHandler {
    /**
     * Serves one connection, as a task of its own. When this returns or throws, the server closes
     * the connection.
     *
     * @param connection the connection
     * @throws Exception what goes wrong; it ends this connection only, and is logged once
     */
    void handle(Connection connection) throws Exception;
}
