package io.loomline.driver.unix;

import java.nio.file.attribute.GroupPrincipal;

/**
 * A user or a group without a name, represented by its number. The JDK treats numbers from
 * 2<sup>31</sup> on as negative, or rejects them.
 *
 * @param name the unsigned number
 */
public record NumericPrincipal(String name) implements GroupPrincipal {
    /**
     * Returns the account with a number.
     *
     * @param number the 32 bits of the unsigned number
     * @return the account
     */
    public static NumericPrincipal of(int number) {
        return new NumericPrincipal(Integer.toUnsignedString(number));
    }

    @Override
    public String getName() {
        return name;
    }

    /** Returns the number. */
    @Override
    public String toString() {
        return name;
    }
}
