package io.loomline.observe.inspector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.example.UserCode;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.observe.InspectorOptions;
import io.loomline.probe.Eventually;
import io.loomline.probe.LoopbackAddress;
import io.loomline.server.ServedConnection;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.task.Deadline;
import io.loomline.task.GroupOptions;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** The inspector's page in Chromium, beside 10,000 connections. */
class InspectorPageTest {
    private static final int CONNECTIONS = 10_000;
    private static final String HOSTILE =
            "<img src=x onerror=\"document.title='hacked'\">\u001b[2J";
    private static final Path FIGURES = Path.of("target", "inspector.txt");

    private static final String IS_SORTED =
            """
            (() => {
                const {value} = COLUMNS.find(each => each.key === state.sort.key);
                const values = state.shown.map(value);
                const known = values.filter(each => each !== undefined);
                const sign = state.sort.ascending ? 1 : -1;
                return values.slice(known.length).every(each => each === undefined)
                    && known.every((each, i) => i === 0 || !(sign * (known[i - 1] > each ? 1
                        : known[i - 1] < each ? -1 : 0) > 0));
            })()\
            """;

    /** What the focus is on; with a mark if that has no name or is not drawn. */
    private static final String FOCUSED =
            """
            (() => {
                const focused = document.activeElement;
                if (focused === document.body) return '';
                const name = focused.ariaLabel || focused.textContent.trim()
                    || [...focused.labels || []].map(each => each.textContent.trim()).join();
                const drawn = focused.id === 'table' ? byId('table-view') : focused;
                const outline = getComputedStyle(drawn);
                const isSeen = outline.outlineStyle !== 'none' && parseFloat(outline.outlineWidth) > 1;
                return (focused.id || name) + (name === '' ? ' NO NAME' : '') + (isSeen ? '' : ' NOT SEEN');
            })()\
            """;

    private static final GroupOptions TWIN = GroupOptions.DEFAULT.withName("twin");

    @TempDir private static Path profile;

    private static final CountDownLatch NEVER = new CountDownLatch(1);
    private static final List<Connection> CLIENTS = new ArrayList<>();
    private static Chromium browser;
    private static Runtime runtime;
    private static Server server;
    private static URI page;

    @BeforeAll
    static void connectClients() throws Exception {
        browser = Chromium.start(profile, 1400, 900);
        runtime =
                Runtime.open(
                        RuntimeOptions.DEFAULT
                                .withName("shop")
                                .withDriver(Drivers.memory())
                                .withInspector(InspectorOptions.at(0).withActions(true)));
        page = runtime.inspector().orElseThrow();
        runtime.recordOperations(true);
        var options = ServerOptions.DEFAULT.withMaxConnections(2 * CONNECTIONS);
        server = runtime.listen(LoopbackAddress.of(0), options, UserCode::readLines);
        runtime.start(HOSTILE, () -> UserCode.awaitLatch(NEVER));
        for (int i = 0; i < CONNECTIONS; i++) CLIENTS.add(runtime.connect(server.localAddress()));
        for (int i = 0; i < 100; i++) CLIENTS.get(i).write("x".repeat(i) + "\n");
        Eventually.holds(() -> server.connectionCount() == CONNECTIONS);
    }

    @AfterAll
    static void close() {
        if (runtime != null) runtime.close();
        if (browser != null) browser.close();
    }

    @BeforeEach
    void open() throws Exception {
        browser.prefer("light");
        open(page);
    }

    private static void open(URI address) throws Exception {
        browser.open(address);
        browser.await("document.querySelectorAll('#rows tr').length > 10");
    }

    private static String text(String selector) throws Exception {
        return browser.evaluate("document.querySelector('" + selector + "').textContent");
    }

    private static void awaitText(String selector, String text) throws Exception {
        browser.await(
                "document.querySelector('%s').textContent.includes('%s')"
                        .formatted(selector, text));
    }

    private static void click(String selector) throws Exception {
        browser.evaluate("document.querySelector('" + selector + "').click()");
    }

    /** A script that sets a filter as a user does. */
    private static String filter(String id, String value) {
        return "(e => { e.value = '%s'; e.dispatchEvent(new Event('input')); })(document.querySelector('#%s'))"
                .formatted(value, id);
    }

    /** The milliseconds from an action until the browser has drawn its result. */
    private static double measured(String action) throws Exception {
        String script =
                """
                new Promise(done => {
                    const start = performance.now();
                    %s;
                    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
                })\
                """
                        .formatted(action);
        return Double.parseDouble(browser.evaluate(script));
    }

    private static ServedConnection served(int i) {
        return server.connections().stream()
                .sorted((a, b) -> Long.compare(a.task().id(), b.task().id()))
                .skip(i)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void showsAllConnectionsWithFewRows() throws Exception {
        awaitText("#rate-connections .value", "10,000");
        int rows =
                Integer.parseInt(browser.evaluate("document.querySelectorAll('#rows tr').length"));
        assertTrue(rows > 10 && rows < 100, "rows in the document: " + rows);
        assertEquals("10001", browser.evaluate("document.querySelector('#table').ariaRowCount"));
        awaitText("#rows", "Connection.readLine"); // asked for the rows in sight
        browser.evaluate("document.querySelector('#scroller').scrollTop = 1e9");
        long last = served(CONNECTIONS - 1).task().id();
        awaitText("#rows tr:nth-last-child(2) td", "" + last);
        browser.evaluate("refresh()"); // which keeps the place
        browser.evaluate("refresh()");
        awaitText("#rows tr:nth-last-child(2) td", "" + last);
    }

    @Test
    void filtersAndSorts() throws Exception {
        String peer = served(500).remoteAddress().toString().replaceFirst(".*/", "");
        browser.evaluate(filter("peer", peer));
        assertEquals("1 of 10,000", text("#count"));
        browser.evaluate(filter("peer", ""));
        browser.evaluate(filter("state", "cancelled"));
        assertEquals("0 of 10,000", text("#count"));
        browser.evaluate(filter("state", "waiting"));
        assertEquals("10,000 of 10,000", text("#count"));
        browser.evaluate(filter("search", peer));
        assertEquals("1 of 10,000", text("#count"));
        browser.evaluate(filter("search", ""));
        click("th button[data-key=read]");
        assertNotEquals("0 B", text("#rows [data-column=read]"));
        assertEquals("descending", browser.evaluate("document.querySelectorAll('th')[8].ariaSort"));
        click("th button[data-key=read]");
        assertEquals("0 B", text("#rows [data-column=read]"));
    }

    @Test
    void followsOneConnectionByKeyboard() throws Exception {
        ServedConnection followed = served(700);
        String peer = followed.remoteAddress().toString().replaceFirst(".*/", "");
        browser.press("/");
        browser.type(peer);
        awaitText("#count", "1 of");
        browser.press("Enter"); // to the table
        browser.press("Enter");
        browser.await("document.activeElement.id === 'details'");
        awaitText("#details-values", peer);
        awaitText("#details-values", "UserCode.java");
        browser.evaluate(filter("search", ""));
        browser.await("document.querySelector('[aria-selected=true]') !== null"); // kept in view
        CLIENTS.get(700).write("y".repeat(1_999) + "\n");
        awaitText("#details-values", "2.0 kB");
        awaitText("#operations", "read 2000 B");
        browser.press("Escape");
        browser.await("document.querySelector('#details').hidden");
        assertEquals("table", browser.evaluate("document.activeElement.id"));
    }

    @Test
    void cancelsWithTheTokenAndIsRefusedWithout() throws Exception {
        Task<?> task = served(CONNECTIONS - 1).task();
        browser.open(URI.create(page.toString().replaceFirst("#.*", "")));
        browser.await("document.querySelectorAll('#rows tr').length > 10");
        browser.evaluate(filter("search", "" + task.id()));
        click("#rows tr:nth-child(2)");
        awaitText("#details-values", "" + task.id());
        click("#cancel");
        browser.type("wrong");
        browser.press("Enter");
        awaitText("#message", "Refused");
        awaitText("#dialog-problem", "has refused this token");
        assertFalse(task.isDone());
        String token = page.getFragment().replace("token=", "");
        browser.type(token);
        browser.press("Enter");
        awaitText("#message", "is cancelled");
        Eventually.holds(task::isDone);
        awaitText("#details-status", "has ended");
        CLIENTS.removeLast().close();
        CLIENTS.add(runtime.connect(server.localAddress()));
        Eventually.holds(() -> server.connectionCount() == CONNECTIONS);
    }

    @Test
    void addressWithTokenIsTakenAndHidden() throws Exception {
        assertEquals("/", browser.evaluate("location.pathname + location.hash"));
        assertEquals("", browser.evaluate("document.cookie"));
        assertEquals("false", browser.evaluate("document.querySelector('#drain').hidden"));
    }

    @Test
    void treeAndCensusShowHostileNamesAsText() throws Exception {
        click("nav button[data-view=tree]");
        awaitText("#rows", "<img src=x");
        awaitText("#rows", "(10,00");
        click("nav button[data-view=tasks]");
        browser.evaluate(filter("search", "<img"));
        awaitText("#count", "1 of");
        click("#rows tr:nth-child(2)");
        awaitText("#details-head", "\\\\u001b[2J");
        click("nav button[data-view=census]");
        awaitText("#places", "Connection.readLine");
        awaitText("#places", "CountDownLatch.await");
        assertEquals("0", browser.evaluate("document.images.length"));
        assertEquals("shop – Loomline inspector", browser.evaluate("document.title"));
    }

    @Test
    void searchFindsCallsAndLinesOfAllTasks() throws Exception {
        browser.evaluate(filter("search", "Connection.readLINE"));
        awaitText("#count", "10,000 of 10,000");
        browser.evaluate(filter("search", "UserCode.java:"));
        awaitText("#count", "10,000 of 10,000");
        click("nav button[data-view=tasks]");
        browser.evaluate(filter("search", "CountDownLatch"));
        browser.await("/^1 of 10,00\\d$/.test(document.querySelector('#count').textContent)");
        awaitText("#rows", "CountDownLatch.await");
        browser.evaluate(filter("search", ""));
        browser.await("state.shown.length > 10000 && state.found === null");
    }

    @Test
    void keyboardPassesNodesWithTheSameName() throws Exception {
        try (TaskGroup one = runtime.group(TWIN);
                TaskGroup other = runtime.group(TWIN)) {
            for (TaskGroup each : List.of(one, other)) {
                each.start(
                        "nested",
                        () ->
                                Deadline.after(Duration.ofHours(1))
                                        .run(() ->
                                                UserCode.awaitWithin(
                                                        NEVER, Duration.ofMinutes(1))));
            }
            Eventually.holds(() -> count("deadline: open") == 4);
            click("nav button[data-view=tree]");
            browser.await("state.shown.filter(each => each.kind === 'deadline').length === 4");
            String keys = "new Set(state.nodes.map(each => each.key)).size === state.nodes.length";
            assertEquals("true", browser.evaluate(keys));
            browser.evaluate("table.focus()");
            browser.press("Home");
            for (int row = 2; row < 14; row++) { // the heads are the first
                String selected = "[...document.querySelectorAll('[aria-selected=true]')]";
                String rows = browser.evaluate(selected + ".map(each => each.ariaRowIndex)");
                assertEquals("" + row, rows, "selected rows");
                browser.press("ArrowDown");
            }
            browser.evaluate("select(state.shown.filter(each => each.name === 'twin')[1])");
            browser.press("ArrowLeft");
            String shown = "state.shown.filter(each => each.kind === 'deadline').length";
            assertEquals("2", browser.evaluate(shown));
            one.cancel();
            other.cancel();
        }
    }

    private static long count(String part) {
        return runtime.tree().toString().lines().filter(line -> line.contains(part)).count();
    }

    @Test
    void ratesCountConnectionsThatHaveEnded() throws Exception {
        browser.await("state.previous !== null");
        click("#pause"); // so that no poll sees the connection
        long before = server.bytesRead();
        try (Connection brief = runtime.connect(server.localAddress())) {
            for (int i = 0; i < 100; i++) brief.write("z".repeat(9_999) + "\n");
        }
        Eventually.holds(() -> server.bytesRead() >= before + 1_000_000);
        Eventually.holds(() -> server.connectionCount() == CONNECTIONS);
        click("#pause");
        browser.await(
                "RATES.find(each => each.key === 'read').shown.samples.some(each => each > 10000)");
    }

    @Test
    void waitsAreRankedAmongThoseThatWait() throws Exception {
        assertEquals("0", percentile99(0));
        assertEquals("1", percentile99(1));
        assertEquals("2", percentile99(2));
        assertEquals("99", percentile99(99));
        assertEquals("99", percentile99(100));
        assertEquals("100", percentile99(101));
        assertEquals("198", percentile99(200));
    }

    /** What the page computes for waits of 1 to n seconds, and for connections that do not wait. */
    private static String percentile99(int waits) throws Exception {
        return browser.evaluate(
                "percentile99([...Array(%d).keys()].map(i => ({waitedSeconds: i + 1})).concat(Array(900).fill({})))"
                        .formatted(waits));
    }

    private static void openDetails(long id) throws Exception {
        browser.await("state.nodes.some(each => each.id === " + id + ")");
        browser.evaluate("select(state.nodes.find(each => each.id === " + id + "))");
        browser.evaluate("openDetails()");
        awaitText("#details-values", "" + id);
    }

    /** Returns when the page has polled again. */
    private static void awaitPoll() throws Exception {
        browser.evaluate("window.seen = state.previous.now");
        browser.await("state.previous.now > window.seen && following === null");
    }

    @Test
    void detailsAreUpdatedInPlace() throws Exception {
        ServedConnection watched = served(50);
        CLIENTS.get(50).write("now\n");
        openDetails(watched.task().id());
        awaitText("#operations", "read 4 B");
        assertEquals("true", browser.evaluate("followOnce() === followOnce()"));
        browser.evaluate("Promise.all([followOn(), followOnce(), followOn()])");
        assertEquals("1", browser.evaluate("document.querySelectorAll('#details h3').length"));
        String operations = "document.querySelectorAll('#operations li').length";
        assertEquals("" + watched.operations().size(), browser.evaluate(operations));
        browser.evaluate("window.first = document.querySelector('#operations li')");
        awaitPoll();
        assertEquals("true", browser.evaluate("window.first.isConnected"));
        browser.evaluate("getSelection().selectAllChildren(document.querySelector('#details'))");
        String selected = browser.evaluate("getSelection().toString()");
        awaitPoll();
        awaitText("#details-status", "still");
        String later = browser.evaluate("getSelection().toString()");
        assertEquals(selected.lines().toList().getLast(), later.lines().toList().getLast());
        assertTrue(later.contains("UserCode.java"), later);
        browser.evaluate("getSelection().removeAllRanges()");
        awaitText("#details-status", "live");
    }

    @Test
    void unusableTokensAreAskedForAgain() throws Exception {
        Task<?> task = served(CONNECTIONS - 1).task();
        open(URI.create(page.toString().replaceFirst("#.*", "#token=%E2%82%AC")));
        openDetails(task.id());
        click("#cancel");
        browser.press("Enter");
        awaitText("#dialog-problem", "missing");
        for (String unusable : List.of("\u20ac\u0142", "two words", "\u00e9")) {
            browser.evaluate("document.querySelector('#dialog-token').value = ''");
            browser.type(unusable);
            browser.press("Enter");
            awaitText("#dialog-problem", "letters, digits");
            assertEquals("", browser.evaluate("state.token"));
        }
        browser.press("Escape");
        browser.await("!document.querySelector('#dialog').open");
        assertFalse(task.isDone());
    }

    @Test
    void clientConnectionsHaveDetails() throws Exception {
        click("nav button[data-view=clients]");
        awaitText("#count", "10,000 of 10,000");
        browser.evaluate("table.focus()");
        browser.press("ArrowDown");
        browser.press("Enter");
        browser.await("document.activeElement.id === 'details'");
        awaitText("#details-values", "Local address");
        awaitPoll();
        String visible =
                "['cancel', 'operations-part'].filter(id => byId(id).offsetParent !== null).length";
        assertEquals("0", browser.evaluate(visible));
        assertEquals("live", text("#details-status"));
        String shown = "[...document.querySelectorAll('#details dd')].map(each => each.innerText)";
        String values = browser.evaluate(shown);
        String peer = server.localAddress().toString().replaceFirst(".*/", "");
        assertTrue(values.contains(peer), values);
        browser.press("Escape");
        browser.press("ArrowDown");
        browser.press("Enter");
        browser.await("!document.querySelector('#details').hidden");
        assertNotEquals(values, browser.evaluate(shown));
    }

    @Test
    void recordingIsSwitchedOnInThePage() throws Exception {
        runtime.recordOperations(false);
        try {
            openDetails(served(60).task().id());
            awaitText("#operations-state", "not recorded");
            click("#record");
            click("#dialog-yes");
            awaitText("#message", "are recorded");
            awaitText("#operations-state", "none since");
            CLIENTS.get(60).write("recorded\n");
            awaitText("#operations", "read 9 B");
            click("#record");
            click("#dialog-yes");
            awaitText("#operations-state", "not recorded");
        } finally {
            runtime.recordOperations(true);
        }
    }

    @Test
    void filtersSearchAndOrderCombine() throws Exception {
        ServedConnection wanted = served(77);
        String peer = wanted.remoteAddress().toString().replaceFirst(".*/", "");
        browser.evaluate(filter("server", server.localAddress().toString()));
        browser.evaluate(filter("state", "waiting"));
        browser.evaluate(filter("peer", peer.substring(0, peer.length() - 1)));
        browser.await("state.shown.length > 1");
        browser.evaluate(filter("search", "readline"));
        browser.await("state.shown.length > 1");
        int kept = Integer.parseInt(browser.evaluate("state.shown.length"));
        String columns = "document.querySelectorAll('th button:enabled')";
        int sortable = Integer.parseInt(browser.evaluate(columns + ".length"));
        assertEquals(9, sortable);
        for (int i = 0; i < sortable; i++) {
            for (String order : List.of("first", "second")) {
                browser.evaluate(columns + "[" + i + "].click()");
                assertEquals("" + kept, browser.evaluate("state.shown.length"), order);
                assertEquals("true", browser.evaluate(IS_SORTED), "column " + i + ", " + order);
            }
        }
        browser.evaluate(filter("search", "" + wanted.task().id()));
        assertEquals("true", browser.evaluate("state.shown.length >= 1"));
        browser.evaluate(filter("state", "cancelled"));
        assertEquals("Nothing matches the filters.", text("#empty-text"));
        click("#clear");
        assertEquals("10,000 of 10,000", text("#count"));
        assertEquals("table", browser.evaluate("document.activeElement.id"));
    }

    @Test
    void everyControlIsReachedByKeyboardAndShowsIt() throws Exception {
        CLIENTS.get(5).write("now\n");
        openDetails(served(5).task().id());
        awaitText("#operations", "read 4 B");
        for (String colors : List.of("light", "dark")) {
            browser.prefer(colors);
            browser.evaluate("document.activeElement.blur()");
            browser.evaluate("getSelection().collapse(document.body, 0)");
            List<String> reached = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                browser.press("Tab");
                String focused = browser.evaluate(FOCUSED);
                if (focused.isEmpty() && !reached.isEmpty()) break;
                reached.add(focused);
            }
            String all = colors + reached;
            assertFalse(all.contains("NO NAME") || all.contains("NOT SEEN"), all);
            for (String each : List.of("pause", "drain", "search", "peer", "server", "table")) {
                assertTrue(reached.contains(each), all);
            }
            for (String each : List.of("Wait", "close-details", "record", "follow", "cancel")) {
                assertTrue(reached.contains(each), all);
            }
        }
        browser.evaluate("document.querySelector('#follow').focus()");
        browser.press("/");
        assertEquals("search", browser.evaluate("document.activeElement.id"));
        browser.press("Escape"); // empties the search
        assertEquals("10,000 of 10,000", text("#count"));
        browser.press("Escape"); // to the table
        browser.press("Escape"); // closes the details
        assertEquals("true", browser.evaluate("document.querySelector('#details').hidden"));
        browser.press("End");
        browser.press("Enter");
        awaitText("#details-values", "" + served(CONNECTIONS - 1).task().id());
    }

    /** The goal is 100 ms; the time depends on the machine, so it is reported. */
    @Test
    void interactionsAreMeasured() throws Exception {
        List<String> figures = new ArrayList<>();
        figures.add("ms until drawn, with " + CONNECTIONS + " connections");
        figures.add("search: " + measured(filter("search", "9")));
        figures.add("search by call: " + measured(filter("search", "readline")));
        browser.await("state.found !== null");
        figures.add("search in what was found: " + measured(filter("search", "readline")));
        figures.add("search, cleared: " + measured(filter("search", "")));
        figures.add("state: " + measured(filter("state", "waiting")));
        figures.add(
                "sort: " + measured("document.querySelector('th button[data-key=wait]').click()"));
        figures.add(
                "scroll: " + measured("document.querySelector('#scroller').scrollTop = 100000"));
        figures.add(
                "details: " + measured("document.querySelector('#rows tr:nth-child(9)').click()"));
        figures.add(
                "tree: "
                        + measured("document.querySelector('nav button[data-view=tree]').click()"));
        figures.add("update: " + measured("state.nodes.length; refresh()"));
        Files.write(FIGURES, figures);
    }

    @Test
    void colorsFollowThePreference() throws Exception {
        awaitText("#rows", "Connection.readLine");
        click("#rows tr:nth-child(4)");
        awaitText("#details-values", "UserCode.java");
        Files.write(Path.of("target", "inspector-light.png"), browser.screenshot());
        String color = "getComputedStyle(document.body).backgroundColor";
        assertEquals("rgb(246, 247, 249)", browser.evaluate(color));
        browser.prefer("dark");
        assertEquals("rgb(20, 23, 27)", browser.evaluate(color));
        Files.write(Path.of("target", "inspector-dark.png"), browser.screenshot());
    }
}
