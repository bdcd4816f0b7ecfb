package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.RestartProgram.Way;
import io.loomline.driver.epoll.EpollDriver;
import io.loomline.probe.Child;
import io.loomline.probe.LoopbackAddress;
import io.loomline.probe.Programs;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Clients do not notice that the server of {@code samples/Restart} is replaced, in three ways. */
class RestartTest {
    /** A network of its own has its own tcp_migrate_req; "$@" is the program. */
    private static final String IN_NETWORK =
            "ip link set lo up && echo 1 > /proc/sys/net/ipv4/tcp_migrate_req && exec \"$@\"";

    @TempDir static Path classes;

    @TempDir Path scratch;

    @BeforeAll
    static void compile() {
        SampleProcess.compile(SampleProcess.source("Restart"), classes);
    }

    @ParameterizedTest
    @EnumSource
    void clientsDoNotNoticeARestart(Way way) throws Exception {
        run(way, 3);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("slow")
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void clientsDoNotNoticeAHundredRestarts(Way way) throws Exception {
        run(way, 100);
    }

    private void run(Way way, int restarts) throws Exception {
        String lack = EpollDriver.lack();
        assumeTrue(lack == null || way == Way.REUSE_PORT, lack);
        List<String> command = new ArrayList<>(launcher(way));
        int port = LoopbackAddress.freePort();
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of(way.name(), "" + restarts, "" + port));
        arguments.add(scratch.resolve("socket").toString());
        arguments.addAll(SampleProcess.command(classes, "Restart"));
        command.addAll(
                Child.command(RestartProgram.class, List.of(), arguments.toArray(String[]::new)));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            List<String> printed = process.inputReader().lines().toList();
            assertEquals(0, process.waitFor(), () -> String.join("\n", printed));
            System.out.println(printed.getLast());
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static List<String> launcher(Way way) throws Exception {
        if (way == Way.INHERIT) Programs.require("systemd-socket-activate", "systemd");
        if (way != Way.REUSE_PORT) return List.of();
        String unshare = Programs.require("unshare", "util-linux");
        Programs.require("ip", "iproute2");
        List<String> launcher = List.of(unshare, "-n", "/bin/sh", "-c", IN_NETWORK, "sh");
        List<String> trial = new ArrayList<>(launcher);
        trial.add("true");
        int exitCode = new ProcessBuilder(trial).inheritIO().start().waitFor();
        assumeTrue(exitCode == 0, "needs root, for a network of its own, and Linux 5.14");
        return launcher;
    }
}
