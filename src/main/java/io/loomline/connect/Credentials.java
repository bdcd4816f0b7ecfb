package io.loomline.connect;

/**
 * How we make ourselves known to a proxy.
 *
 * @param user the user's name
 * @param password the password, which no message shows
 */
record Credentials(String user, String password) {
    @Override
    public String toString() {
        return "credentials of " + user;
    }
}
