package io.loomline.faults;

import java.io.IOException;
import java.util.List;

/**
 * A client that is stopped while it reads. Its arguments are a port and the lines that it sends,
 * one on each connection. It prints "reading" once bytes of all of them have come, and at the end
 * of each the line and how many bytes of the pattern it has read.
 */
final class StoppedPeer {
    private StoppedPeer() {}

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        for (String line : List.of(arguments).subList(1, arguments.length)) {
            Peer peer = Peer.to(port).send(line + "\n");
            peer.socket.setSoTimeout(0);
            int first = peer.socket.getInputStream().read();
            if (first != StalledWrite.at(0)) throw new IOException("read " + first);
            Thread.ofPlatform().start(() -> read(peer, line));
        }
        System.out.println("reading");
    }

    private static void read(Peer peer, String line) {
        String seen;
        try {
            seen = "" + PatternReader.read(peer.socket.getInputStream(), 1);
        } catch (IOException e) {
            seen = e.toString();
        }
        System.out.println(line + " " + seen);
    }
}
