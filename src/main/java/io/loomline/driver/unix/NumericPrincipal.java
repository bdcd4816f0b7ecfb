package io.loomline.driver.unix;

import java.nio.file.attribute.GroupPrincipal;

/**
 * A user or a group that has a number and no name. The JDK reads a number from 2<sup>31</sup> on as
 * a negative one, or not at all.
 *
 * @param name the number, as the kernel means it
 */
public record NumericPrincipal(String name) implements GroupPrincipal {
    /**
     * The account that has a number.
     *
     * @param number the 32 bits of it
     * @return the account
     */
    public static NumericPrincipal of(int number) {
        return new NumericPrincipal(Integer.toUnsignedString(number));
    }

    @Override
    public String getName() {
        return name;
    }

    /** The number. */
    @Override
    public String toString() {
        return name;
    }
}
