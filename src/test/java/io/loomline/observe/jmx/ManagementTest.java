package io.loomline.observe.jmx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.observe.LoomlineMXBean;
import io.loomline.probe.Eventually;
import io.loomline.server.Server;
import io.loomline.task.Task;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.ObjectName;

class ManagementTest {
    private final MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    private final Runtime runtime =
            Runtime.open(RuntimeOptions.DEFAULT.withName("shop, 1").withDriver(Drivers.memory()));

    @AfterEach
    void close() {
        runtime.close();
    }

    private Set<ObjectName> names() throws Exception {
        return beans.queryNames(
                new ObjectName("io.loomline:type=Runtime,name=\"shop, 1\",*"), null);
    }

    private LoomlineMXBean managed() throws Exception {
        runtime.manage();
        runtime.manage(); // without effect
        Set<ObjectName> names = names();
        assertEquals(1, names.size(), names::toString);
        return JMX.newMXBeanProxy(beans, names.iterator().next(), LoomlineMXBean.class);
    }

    private Server echo() throws Exception {
        return runtime.listen(
                7000,
                connection -> {
                    for (String line; (line = connection.readLine()) != null; )
                        connection.writeLine(line);
                });
    }

    @Test
    void countsWhatServersDo() throws Exception {
        LoomlineMXBean bean = managed();
        Server server = echo();
        assertEquals("shop, 1", bean.getName());
        assertEquals(List.of(server.localAddress().toString()), bean.getServers());
        try (var client = runtime.connect("localhost", 7000)) {
            client.writeLine("hello");
            assertEquals("hello", client.readLine());
            assertEquals(1, bean.getConnectionCount());
            assertEquals(1, bean.getAcceptedCount());
            assertEquals(6, bean.getBytesRead());
            assertEquals(6, bean.getBytesWritten());
            Eventually.holds(() -> bean.getWaitSecondsMax() > 0);
            assertTrue(bean.getTaskCount() >= 2, "the accepting task and the connection's");
        }
        Eventually.holds(() -> bean.getConnectionCount() == 0);
        assertEquals(6, bean.getBytesRead(), "also of connections that have ended");
        assertEquals(0, bean.getRefusedCount() + bean.getFailedCount());
    }

    @Test
    void changesALimit() throws Exception {
        LoomlineMXBean bean = managed();
        Server server = echo();
        bean.limitConnections("7000", 5);
        assertEquals(5, server.maxConnections());
        bean.limitConnections(server.localAddress().toString(), 6);
        assertEquals(6, server.maxConnections());
        var failure =
                assertThrows(
                        IllegalArgumentException.class, () -> bean.limitConnections("7001", 5));
        assertTrue(failure.getMessage().contains("'7001': expected one of"), failure::getMessage);
        assertThrows(IllegalArgumentException.class, () -> bean.limitConnections("7000", 0));
    }

    @Test
    void boundsTheHeldBytes() throws Exception {
        LoomlineMXBean bean = managed();
        var failure = assertThrows(IllegalArgumentException.class, () -> bean.limitHeldBytes(0));
        assertTrue(failure.getMessage().startsWith("maxHeldBytes 0"), failure::getMessage);
        bean.limitHeldBytes(1);
    }

    @Test
    void tellsTheLimits() throws Exception {
        LoomlineMXBean bean = managed();
        Server server = echo();
        server.maxConnections(7);
        assertEquals(Map.of(server.localAddress().toString(), 7), bean.getConnectionLimits());
    }

    @Test
    void nameHasNoDigitsOfTheLocale() throws Exception {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
        try {
            managed();
            String id = names().iterator().next().getKeyProperty("id");
            assertTrue(id.matches("[0-9]+"), id);
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void cancelsATaskOnce() throws Exception {
        LoomlineMXBean bean = managed();
        var never = new CountDownLatch(1);
        Task<Void> task = runtime.start("waiting", () -> never.await());
        assertFalse(bean.cancel(task.id() + 1, "no such task"));
        assertTrue(bean.cancel(task.id(), "by an operator"));
        assertFalse(bean.cancel(task.id(), "again"));
        Eventually.holds(task::isDone);
        assertEquals("by an operator", task.cancelReason().orElseThrow());
    }

    @Test
    void printsTreeAndCensus() throws Exception {
        LoomlineMXBean bean = managed();
        var never = new CountDownLatch(1);
        runtime.start("waiting", () -> never.await());
        assertTrue(bean.dump().contains("task waiting"), bean::dump);
        assertTrue(bean.dumpJson().startsWith("{\"takenAt\""), bean::dumpJson);
        assertTrue(bean.census().contains("1 "), bean::census);
        assertTrue(bean.censusJson().startsWith("{\"takenAt\""), bean::censusJson);
    }

    @Test
    void drainsServers() throws Exception {
        LoomlineMXBean bean = managed();
        assertTrue(bean.drain(1).contains("no server is open"));
        Server server = echo();
        String report = bean.drain(1);
        assertTrue(report.startsWith(server.localAddress().toString()), report);
        assertFalse(server.isAccepting());
    }

    @Test
    void closingARuntimeEndsItsRegistration() throws Exception {
        managed();
        runtime.close();
        assertEquals(Set.of(), names());
        runtime.manage();
        assertEquals(Set.of(), names());
    }

    @Test
    void otherRuntimesOfTheSameNameHaveBeansOfTheirOwn() throws Exception {
        managed();
        try (var other =
                Runtime.open(
                        RuntimeOptions.DEFAULT.withName("shop, 1").withDriver(Drivers.memory()))) {
            other.manage();
            assertEquals(2, names().size());
        }
        assertEquals(1, names().size());
    }
}
