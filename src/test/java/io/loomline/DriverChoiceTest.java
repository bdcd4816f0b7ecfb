package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.driver.Driver;
import io.loomline.driver.epoll.EpollDriver;
import io.loomline.driver.nio.NioDriver;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.File;
import java.nio.file.Path;

/** Which driver a runtime takes that is given none. */
class DriverChoiceTest {
    private static final String PROPERTY = "io.loomline.driver";

    private final String before = System.getProperty(PROPERTY, "");

    @AfterEach
    void restore() {
        System.setProperty(PROPERTY, before);
    }

    private static Driver chosen(String property) {
        System.setProperty(PROPERTY, property);
        return Drivers.forThisPlatform();
    }

    @Test
    void propertyForcesTheOneThatItNames() {
        assertInstanceOf(NioDriver.class, chosen("nio"));
        if (EpollDriver.lack() == null) assertInstanceOf(EpollDriver.class, chosen("epoll"));
        else assertThrows(UnsupportedOperationException.class, () -> chosen("epoll"));
    }

    @Test
    void withoutItEpollIsTakenWhereItCanRun() {
        boolean epoll = EpollDriver.lack() == null;
        Class<?> expected = epoll ? EpollDriver.class : NioDriver.class;
        assertEquals(expected, chosen("").getClass());
    }

    /** The build's tests have native access; and on the machines that we know, epoll can run. */
    @Test
    void epollRunsOnLinux() {
        boolean known =
                System.getProperty("os.name").equals("Linux")
                        && System.getProperty("os.arch").matches("amd64|aarch64");
        assertEquals(known, EpollDriver.lack() == null, () -> "" + EpollDriver.lack());
    }

    /** Says which driver is chosen in a JVM that was not given native access. */
    static final class Child {
        public static void main(String[] args) {
            System.out.println(Drivers.forThisPlatform().getClass().getSimpleName());
        }
    }

    @Test
    void withoutNativeAccessThePortableOneIsTakenAndTheJvmDoesNotWarn() throws Exception {
        String path =
                String.join(
                        File.pathSeparator,
                        System.getProperty("jdk.module.path"),
                        System.getProperty("java.class.path"),
                        "target/test-classes");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var child =
                new ProcessBuilder(java, "-cp", path, Child.class.getName())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(child.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, child.waitFor(), said);
        assertTrue(said.contains("NioDriver"), said);
        assertFalse(said.contains("WARNING"), said);
    }

    @Test
    void anythingElseIsAnErrorThatSaysWhatIsExpected() {
        var e = assertThrows(IllegalArgumentException.class, () -> chosen("kqueue"));
        assertTrue(e.getMessage().contains("kqueue"), e::toString);
        assertTrue(e.getMessage().contains("nio or epoll"), e::toString);
        assertThrows(IllegalArgumentException.class, Runtime::open);
    }
}
