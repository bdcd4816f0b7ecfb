package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.Driver;
import io.loomline.driver.epoll.EpollDriver;
import io.loomline.driver.nio.NioDriver;
import io.loomline.probe.Child;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;

/** The driver of a runtime whose options name none. */
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
    void propertySelectsTheDriver() {
        assertInstanceOf(NioDriver.class, chosen("nio"));
        if (EpollDriver.lack() == null) assertInstanceOf(EpollDriver.class, chosen("epoll"));
        else assertThrows(UnsupportedOperationException.class, () -> chosen("epoll"));
    }

    @Test
    void withoutThePropertyEpollIsPreferred() {
        boolean epoll = EpollDriver.lack() == null;
        Class<?> expected = epoll ? EpollDriver.class : NioDriver.class;
        assertEquals(expected, chosen("").getClass());
    }

    /** The tests run with native access, so epoll is available on the supported machines. */
    @Test
    void epollRunsOnLinux() {
        boolean supported =
                System.getProperty("os.name").equals("Linux")
                        && System.getProperty("os.arch").matches("amd64|aarch64");
        assertEquals(supported, EpollDriver.lack() == null, () -> "" + EpollDriver.lack());
    }

    /** Prints the driver that is chosen. */
    static final class Program {
        public static void main(String[] args) {
            System.out.println(Drivers.forThisPlatform().getClass().getSimpleName());
        }
    }

    @Test
    void withoutNativeAccessNioIsChosenAndTheJvmDoesNotWarn() throws Exception {
        try (var child = Child.start(Program.class, List.of())) {
            String output = String.join("\n", child.rest());
            assertEquals(0, child.exitCode(), output);
            assertTrue(output.contains("NioDriver"), output);
            assertFalse(output.contains("WARNING"), output);
        }
    }

    @Test
    void unknownDriverIsAnErrorThatNamesTheChoices() {
        var e = assertThrows(IllegalArgumentException.class, () -> chosen("kqueue"));
        assertTrue(e.getMessage().contains("kqueue"), e::toString);
        assertTrue(e.getMessage().contains("nio or epoll"), e::toString);
        assertThrows(IllegalArgumentException.class, Runtime::open);
    }
}
