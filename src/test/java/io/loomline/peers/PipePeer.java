package io.loomline.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A program that connects its standard input and output to a socket. */
final class PipePeer extends StreamPeer {
    private final Process process;
    private final int port;

    private PipePeer(Process process, int port) {
        this.process = process;
        this.port = port;
        use(process.getInputStream(), process.getOutputStream());
    }

    static PipePeer connect(Children children, List<String> command) throws IOException {
        return new PipePeer(children.start(command), 0);
    }

    /**
     * Starts a program that listens.
     *
     * @param announcement the message on its standard error; the first group is the port
     */
    static PipePeer listen(Children children, List<String> command, Pattern announcement)
            throws IOException {
        Process process = children.start(command);
        Matcher matcher;
        while (!(matcher = announcement.matcher(children.messages(process))).find()) {
            if (!process.isAlive()) throw new IOException(command + " does not listen");
            Thread.onSpinWait();
        }
        return new PipePeer(process, Integer.parseInt(matcher.group(1)));
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public void accept() {} // the program accepts by itself

    @Override
    public boolean showsTheEnd() {
        return false; // its standard output stays open until both directions have ended
    }

    @Override
    public void endOutput() throws IOException {
        process.getOutputStream().close();
    }

    @Override
    public void freeze() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-STOP", "" + process.pid()).start().waitFor();
        // kill only sends the signal; wait for the state "stopped": proc_pid_stat(5)
        Path stat = Path.of("/proc", "" + process.pid(), "stat");
        while (!Files.readString(stat).contains(") T ")) Thread.onSpinWait();
    }

    /** Frozen with unread input: then its end is a reset (RFC 2525 section 2.17). */
    @Override
    public void reset() {
        vanish();
    }

    @Override
    public void vanish() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        vanish();
    }
}
