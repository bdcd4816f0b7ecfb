package io.loomline.observe.inspector;

/** What a request gets. */
record Answer(int status, String contentType, String body) {
    static final int OK = 200;

    private static final String JSON = "application/json";
    private static final String PLAIN = "text/plain; charset=utf-8";

    static Answer json(String body) {
        return json(OK, body);
    }

    static Answer json(int status, String body) {
        return new Answer(status, JSON, body + "\n");
    }

    static Answer text(String body) {
        return new Answer(OK, PLAIN, body);
    }

    static Answer refusal(Refusal refusal) {
        return new Answer(refusal.status(), PLAIN, refusal.text() + "\n");
    }
}
