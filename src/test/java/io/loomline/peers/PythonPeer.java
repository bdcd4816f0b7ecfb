package io.loomline.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.probe.Programs;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Scanner;

/** Python's asyncio streams, driven by the script {@code asyncio_peer.py}. */
final class PythonPeer implements Peer {
    private static final Path SCRIPT =
            Path.of("src", "test", "resources", "peers", "asyncio_peer.py");

    /** The answer of the script at the end of its input. */
    private static final String END = "end";

    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter commands;
    private int port;

    private PythonPeer(Children children) throws IOException {
        String python = Programs.require("python3", "python3");
        process = children.start(List.of(python, "-I", SCRIPT.toString()));
        answers = process.inputReader(UTF_8);
        commands = process.outputWriter(UTF_8);
    }

    static PythonPeer connect(Children children, int port) throws IOException {
        var peer = new PythonPeer(children);
        peer.run("connect", port);
        return peer;
    }

    static PythonPeer listen(Children children) throws IOException {
        var peer = new PythonPeer(children);
        peer.port = Integer.parseInt(peer.run("listen", ""));
        return peer;
    }

    /** Makes the script run a command; returns its answer. */
    private String run(String command, Object argument) throws IOException {
        String escaped = argument.toString().replace("\n", "\\n");
        commands.write((command + " " + escaped).strip() + "\n");
        commands.flush();
        String answer = answers.readLine();
        if (answer == null) throw new IOException("the script failed in: " + command);
        return answer;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public void accept() throws IOException {
        run("accept", "");
    }

    @Override
    public void send(String text) throws IOException {
        run("send", text);
    }

    @Override
    public String readLine() throws IOException {
        String answer = run("read_line", "");
        return answer.equals(END) ? null : answer.substring("line ".length());
    }

    @Override
    public void exchangeLines(int count) throws IOException {
        run("exchange_lines", count);
    }

    @Override
    public void echoLines(int count) throws IOException {
        run("echo_lines", count);
    }

    @Override
    public void exchangeBytes(long count) throws IOException {
        run("exchange_bytes", count);
    }

    @Override
    public Bulk.Sum sumToTheEnd() throws IOException {
        try (var answer = new Scanner(run("sum_to_the_end", ""))) {
            return new Bulk.Sum(answer.nextLong(), answer.nextLong());
        }
    }

    @Override
    public void endOutput() throws IOException {
        run("end_output", "");
    }

    @Override
    public void reset() throws IOException {
        run("reset", "");
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
