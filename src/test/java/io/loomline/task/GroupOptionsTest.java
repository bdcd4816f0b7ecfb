package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.Test;

class GroupOptionsTest {
    @Test
    void defaultFailsFast() {
        assertEquals(Policy.FAIL_FAST, GroupOptions.DEFAULT.policy());
        assertEquals("group", GroupOptions.DEFAULT.name());
    }

    @Test
    void copyDiffersInOneOptionOnly() {
        GroupOptions options = GroupOptions.DEFAULT.withName("workers");
        assertEquals(new GroupOptions("workers", Policy.FAIL_FAST, Integer.MAX_VALUE), options);
        assertEquals(
                new GroupOptions("workers", Policy.SUPERVISE, Integer.MAX_VALUE),
                options.withPolicy(Policy.SUPERVISE));
        assertEquals("group", GroupOptions.DEFAULT.name());
    }

    @Test
    void blankNameIsRefused() {
        for (String blank : new String[] {"", " ", "\t\n"}) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> GroupOptions.DEFAULT.withName(blank));
            assertTrue(e.getMessage().contains("name"), e.getMessage());
        }
    }

    @Test
    void optionsMustBeThere() {
        assertThrows(NullPointerException.class, () -> GroupOptions.DEFAULT.withName(null));
        assertThrows(NullPointerException.class, () -> GroupOptions.DEFAULT.withPolicy(null));
    }
}
