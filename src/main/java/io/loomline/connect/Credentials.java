package io.loomline.connect;

/**
 * A user name and a password for a proxy.
 *
 * @param user the user name
 * @param password the password, which appears in no message
 */
record Credentials(String user, String password) {
    @Override
    public String toString() {
        return "credentials of " + user;
    }
}
