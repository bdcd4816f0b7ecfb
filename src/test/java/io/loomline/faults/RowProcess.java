package io.loomline.faults;

import io.loomline.probe.Child;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The JVM of a row, with its output and its errors as one stream. */
final class RowProcess implements AutoCloseable {
    private static final int LIMIT_SECONDS = 120;

    private final Process process;
    private final BufferedReader output;

    private RowProcess(Process process) {
        this.process = process;
        this.output = process.inputReader();
        CompletableFuture.delayedExecutor(LIMIT_SECONDS, TimeUnit.SECONDS)
                .execute(process::destroyForcibly);
    }

    static RowProcess start(Fault.Place place, List<String> options, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(place.launcher());
        command.addAll(Child.command(FaultTable.class, options, arguments));
        return new RowProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** The next line, or null at the end. */
    String readLine() throws IOException {
        return output.readLine();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
