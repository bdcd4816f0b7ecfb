package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Child;
import io.loomline.probe.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Servers leave descriptors for their handlers, and clients wait in the backlog meanwhile. */
@Tag("slow")
class DescriptorLimitTest {
    private static final Path PRLIMIT = Path.of("/usr/bin/prlimit");
    private static final int CLIENTS = 250;

    @ParameterizedTest
    @EnumSource(Kernel.class)
    void proxyServesEveryClientDespiteFewDescriptors(Kernel kernel) throws Exception {
        assumeTrue(Files.exists(PRLIMIT), "no " + PRLIMIT);
        kernel.newDriver().close();
        var options =
                List.of(
                        "-Dio.loomline.driver=" + kernel.name().toLowerCase(Locale.ROOT),
                        "--enable-native-access=ALL-UNNAMED");
        var launcher = List.of(PRLIMIT + "", "--nofile=256:256");
        try (var runtime = Runtime.open()) {
            Server echo = runtime.listen(0, c -> c.writeLine(c.readLine()));
            String port = "" + echo.port();
            try (Child proxy = Child.startBy(launcher, ProxyProgram.class, options, port)) {
                int front = Integer.parseInt(proxy.readLine());
                List<Call<String>> clients = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    clients.add(Call.of(() -> exchange(runtime, front)));
                }
                Map<String, Integer> results = new HashMap<>();
                for (Call<String> each : clients) results.merge(each.result(), 1, Integer::sum);
                assertEquals(Map.of("hello", CLIENTS), results);
            }
        }
    }

    private static String exchange(Runtime runtime, int port) throws InterruptedException {
        try (Connection client = runtime.connect("127.0.0.1", port)) {
            client.writeLine("hello");
            return "" + client.readLine();
        } catch (IOException e) {
            return "" + e;
        }
    }
}
