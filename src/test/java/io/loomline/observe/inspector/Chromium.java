package io.loomline.observe.inspector;

import io.loomline.probe.Programs;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A headless Chromium with one page, driven by its DevTools protocol over a pipe: JSON messages
 * that end with NUL. Selenium's driver does the same with 27 jars of 22 MB.
 *
 * @see <a href="https://chromedevtools.github.io/devtools-protocol/">the protocol</a>
 */
final class Chromium implements AutoCloseable {
    /**
     * Less than the time limit of a test, as a read from a process does not react to interrupts.
     */
    private static final int LIMIT_SECONDS = 55;

    /** Its pipes are descriptors 3 and 4, which Java cannot give to a process. */
    private static final String START = "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";

    private final Process process;
    private final InputStream messages;
    private final String session;
    private int lastId;

    private Chromium(Process process) throws IOException {
        this.process = process;
        this.messages = new BufferedInputStream(process.getInputStream());
        String target = send("", "Target.createTarget", json("'url':'about:blank'"));
        String attach = "'targetId':'%s','flatten':true".formatted(member("targetId", target));
        String attached = send("", "Target.attachToTarget", json(attach));
        session = ",'sessionId':'" + member("sessionId", attached) + "'";
    }

    /** Starts it. If it is not installed, the test is skipped. */
    static Chromium start(Path profile, int width, int height) throws IOException {
        String program = Programs.require("chromium", "chromium");
        List<String> command =
                List.of(
                        "sh",
                        "-c",
                        START,
                        "sh",
                        program,
                        "--headless=new",
                        "--no-sandbox", // which root needs; the only page is ours
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--hide-scrollbars",
                        "--remote-debugging-pipe",
                        "--window-size=" + width + "," + height,
                        "--user-data-dir=" + profile);
        return new Chromium(new ProcessBuilder(command).start());
    }

    /** Loads a page, also if it differs from the present one after the # only. */
    void open(URI page) throws IOException {
        call("Page.navigate", "'url':'about:blank'");
        call("Page.navigate", "'url':'" + page + "'");
    }

    /** The value of an expression, or of the promise that it is, as text. */
    String evaluate(String expression) throws IOException {
        // as Base64, so that no JSON must be parsed
        String script =
                "(async () => btoa(unescape(encodeURIComponent(String(await (%s))))))()"
                        .formatted(expression);
        String quoted = script.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
        String options = json("'awaitPromise':true,'returnByValue':true,'expression':");
        String reply = send(session, "Runtime.evaluate", options + '"' + quoted + '"');
        if (reply.contains("\"exceptionDetails\"")) throw new AssertionError(reply);
        return new String(decoded(member("value", reply)), StandardCharsets.UTF_8);
    }

    /** Returns when the expression is true; fails if it is not for long. */
    void await(String expression) throws IOException {
        evaluate(
                """
                new Promise((done, fail) => {
                    const end = performance.now() + 25000;
                    const look = () => (%1$s) ? done()
                            : performance.now() > end ? fail(new Error('never true'))
                            : setTimeout(look, 10);
                    look();
                })\
                """
                        .formatted(expression));
    }

    /** Presses a key, such as Enter, ArrowDown or a character. */
    void press(String key) throws IOException {
        String code = "'key':'%s','windowsVirtualKeyCode':%d".formatted(key, codeOf(key));
        String text = key.length() == 1 ? ",'text':'" + key + "'" : "";
        if (key.equals("Enter")) text = ",'text':'\\r'";
        call("Input.dispatchKeyEvent", "'type':'keyDown'," + code + text);
        call("Input.dispatchKeyEvent", "'type':'keyUp'," + code);
    }

    private static int codeOf(String key) {
        return switch (key) {
            case "Tab" -> 9;
            case "Enter" -> 13;
            case "Escape" -> 27;
            case "End" -> 35;
            case "Home" -> 36;
            case "ArrowUp" -> 38;
            case "ArrowDown" -> 40;
            default -> key.charAt(0);
        };
    }

    /** Types text where the focus is. */
    void type(String text) throws IOException {
        call("Input.insertText", "'text':'" + text + "'");
    }

    /** Sets {@code prefers-color-scheme}. */
    void prefer(String colors) throws IOException {
        String feature = "{'name':'prefers-color-scheme','value':'%s'}".formatted(colors);
        call("Emulation.setEmulatedMedia", "'features':[" + feature + "]");
    }

    /** The page as PNG. */
    byte[] screenshot() throws IOException {
        return decoded(member("data", call("Page.captureScreenshot", "'format':'png'")));
    }

    private String call(String method, String parameters) throws IOException {
        return send(session, method, json(parameters));
    }

    /** Single quotes are double ones in JSON. */
    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private String send(String inSession, String method, String parameters) throws IOException {
        var late = CompletableFuture.delayedExecutor(LIMIT_SECONDS, TimeUnit.SECONDS);
        CompletableFuture<Void> limit =
                CompletableFuture.runAsync(() -> process.destroyForcibly(), late);
        try {
            return exchange(inSession, method, parameters);
        } finally {
            limit.cancel(false);
        }
    }

    private String exchange(String inSession, String method, String parameters) throws IOException {
        lastId++;
        String head = json("{'id':%d%s,'method':'%s'".formatted(lastId, inSession, method));
        String message = head + json(",'params':{") + parameters + "}}";
        var pipe = process.getOutputStream();
        pipe.write((message + "\0").getBytes(StandardCharsets.UTF_8));
        pipe.flush();
        while (true) { // events come between
            String reply = read();
            if (!reply.startsWith("{\"id\":" + lastId + ",")) continue;
            if (reply.contains("\"error\":{")) throw new IOException(message + ": " + reply);
            return reply;
        }
    }

    private String read() throws IOException {
        var message = new ByteArrayOutputStream();
        for (int b; (b = messages.read()) != 0; message.write(b)) {
            if (b < 0) throw new IOException("Chromium has ended");
        }
        return message.toString(StandardCharsets.UTF_8);
    }

    private static String member(String name, String reply) throws IOException {
        Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(reply);
        if (!found.find()) throw new IOException("no " + name + ": " + reply);
        return found.group(1);
    }

    private static byte[] decoded(String base64) {
        return Base64.getDecoder().decode(base64);
    }

    /** Waits for its end, so that its profile can be deleted. */
    @Override
    public void close() {
        try {
            send("", "Browser.close", "");
        } catch (IOException e) {
            process.destroyForcibly(); // it has ended already, or was stopped
        }
        process.onExit().join();
    }
}
