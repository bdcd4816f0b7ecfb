package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.net.Connection;

/** An echo of lines that says goodbye at the end. */
final class LineEcho {
    /** The last line of the server. */
    static final String GOODBYE = "bye";

    private LineEcho() {}

    /** The handler of the server. */
    static void serve(Connection connection) throws Exception {
        String line;
        while ((line = connection.readLine()) != null) connection.writeLine(line);
        connection.writeLine(GOODBYE);
    }

    /** A client that checks the echo of a hundred lines. */
    static void exchangeLines(Connection connection) throws Exception {
        for (int i = 0; i < 100; i++) {
            connection.writeLine("line " + i);
            assertEquals("line " + i, connection.readLine());
        }
    }

    /** Ends the output and checks the goodbye and the end. */
    static void sayGoodbye(Connection connection) throws Exception {
        connection.shutdownOutput();
        assertEquals(GOODBYE, connection.readLine());
        assertEquals(null, connection.readLine());
    }
}
