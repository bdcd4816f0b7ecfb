package io.loomline.driver.epoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

import java.util.Set;
import java.util.stream.Collectors;

/** A key is found by its own id, and never by that of an earlier key with the same number. */
class KeyTableTest {
    private static final int NUMBER = 7;

    private final KeyTable<EpollKey> keys = new KeyTable<>();

    private EpollKey add(int number) {
        var key =
                new EpollKey(
                        keys,
                        new Descriptor(number),
                        keys.newId(number),
                        new PollDirection.ReadWait());
        keys.add(key);
        return key;
    }

    @Test
    void keyIsFoundByItsId() {
        EpollKey key = add(NUMBER);
        EpollKey neighbour = add(NUMBER + 1);
        assertSame(key, keys.get(key.id()));
        assertSame(neighbour, keys.get(neighbour.id()));
    }

    @Test
    void removedKeyIsNotFound() {
        EpollKey key = add(NUMBER);
        keys.remove(key);
        assertNull(keys.get(key.id()));
    }

    @Test
    void unusedIdIsNotFound() {
        add(NUMBER);
        assertNull(keys.get(0));
        assertNull(keys.get(NUMBER));
        assertNull(keys.get(keys.newId(NUMBER)));
        assertNull(keys.get(keys.newId(1_000_000)));
    }

    @Test
    void reusedNumberHasAnotherId() {
        EpollKey earlier = add(NUMBER);
        keys.remove(earlier);
        EpollKey later = add(NUMBER);
        assertNotEquals(earlier.id(), later.id());
        assertNull(keys.get(earlier.id()));
        assertSame(later, keys.get(later.id()));
    }

    /** The kernel reuses a number before its earlier key is removed. */
    @Test
    void laterKeyStaysWhenTheEarlierIsRemoved() {
        EpollKey earlier = add(NUMBER);
        EpollKey later = add(NUMBER);
        assertNull(keys.get(earlier.id()));
        keys.remove(earlier);
        assertSame(later, keys.get(later.id()));
    }

    @Test
    void allReturnsTheKeysThatWereNotRemoved() {
        EpollKey low = add(NUMBER);
        EpollKey high = add(100_000);
        keys.remove(add(NUMBER + 1));
        assertEquals(Set.of(low, high), keys.all().collect(Collectors.toSet()));
    }
}
