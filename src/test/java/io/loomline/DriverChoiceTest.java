package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.Driver;
import io.loomline.driver.epoll.EpollDriver;
import io.loomline.driver.nio.NioDriver;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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

    @Test
    void anythingElseIsAnErrorThatSaysWhatIsExpected() {
        var e = assertThrows(IllegalArgumentException.class, () -> chosen("kqueue"));
        assertTrue(e.getMessage().contains("kqueue"), e::toString);
        assertTrue(e.getMessage().contains("nio or epoll"), e::toString);
        assertThrows(IllegalArgumentException.class, Runtime::open);
    }
}
