package io.loomline.driver.epoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.driver.Descriptors;
import io.loomline.driver.Started;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;

/** A number is returned to the kernel once, and not while it is in use. */
class DescriptorTest {
    private static final int ROUNDS = 100;
    private static final int USERS = 3;

    private int before;

    @BeforeEach
    void count() throws IOException {
        assumeTrue(EpollDriver.lack() == null);
        before = Descriptors.count();
    }

    private static Descriptor open() {
        return new Descriptor(Epoll.createWakeUp());
    }

    @Test
    void unusedDescriptorIsFreedByTheClose() throws Exception {
        Descriptor descriptor = open();
        assertEquals(before + 1, Descriptors.count());
        assertTrue(descriptor.close());
        assertTrue(descriptor.isFreed());
        assertEquals(before, Descriptors.count());
    }

    @Test
    void usedDescriptorIsFreedByTheLastUser() throws Exception {
        Descriptor descriptor = open();
        descriptor.enter();
        descriptor.enter();
        assertTrue(descriptor.close());
        assertTrue(descriptor.isClosed());
        descriptor.exit();
        assertFalse(descriptor.isFreed());
        assertEquals(before + 1, Descriptors.count());
        descriptor.exit();
        assertTrue(descriptor.isFreed());
        assertEquals(before, Descriptors.count());
    }

    @Test
    void closedDescriptorCannotBeUsed() throws Exception {
        Descriptor descriptor = open();
        descriptor.enter();
        descriptor.close();
        assertThrows(ClosedChannelException.class, descriptor::enter);
        assertThrows(ClosedChannelException.class, () -> descriptor.use(number -> number));
        descriptor.exit();
        assertThrows(ClosedChannelException.class, descriptor::enter);
    }

    @Test
    void secondCloseDoesNotFreeAReusedNumber() throws Exception {
        Descriptor first = open();
        assertTrue(first.close());
        Descriptor second = open(); // reuses the number
        assertFalse(first.close());
        assertEquals(before + 1, Descriptors.count());
        second.close();
    }

    @Test
    void failedUseEnds() {
        Descriptor descriptor = open();
        assertThrows(
                IOException.class,
                () ->
                        descriptor.use(number -> {
                            throw new IOException("of descriptor " + number);
                        }));
        descriptor.close();
        assertTrue(descriptor.isFreed());
    }

    @Test
    void closeRacesUsersAndClosers() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            Descriptor descriptor = open();
            List<Started<Integer>> users = new ArrayList<>();
            for (int user = 0; user < USERS; user++) {
                users.add(Started.start(() -> useUntilClosed(descriptor)));
            }
            var closer = Started.start(descriptor::close);
            boolean closed = descriptor.close();
            assertTrue(closed ^ closer.join(), "closed once");
            for (var user : users) user.join();
            assertTrue(descriptor.isFreed());
        }
        assertEquals(before, Descriptors.count());
    }

    private static int useUntilClosed(Descriptor descriptor) {
        int uses = 0;
        while (descriptor.tryEnter()) {
            assertFalse(descriptor.isFreed(), "freed while it is used");
            descriptor.exit();
            uses++;
        }
        return uses;
    }
}
