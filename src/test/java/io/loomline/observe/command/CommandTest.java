package io.loomline.observe.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.example.CopiesProgram;
import com.example.ObservedProgram;

import io.loomline.probe.Child;
import io.loomline.probe.Eventually;
import io.loomline.probe.Programs;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command against processes of its own, from another directory. */
class CommandTest {
    private static final List<String> QUIET = List.of("-XX:+EnableDynamicAgentLoading");
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private static final String HIDE_TMP = "mount -t tmpfs none /tmp && exec \"$@\"";

    @TempDir static Path elsewhere;

    private static Path jar;

    @BeforeAll
    static void makeJar() throws IOException {
        jar = CommandJar.create(elsewhere);
    }

    private record Result(int exitCode, String output) {}

    private static Process start(String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(JAVA, "-XX:TieredStopAtLevel=1", "-jar", jar.toString()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .directory(elsewhere.toFile())
                .redirectErrorStream(true)
                .start();
    }

    private static Result run(String... arguments) throws Exception {
        Process process = start(arguments);
        String output;
        try (BufferedReader reader = process.inputReader()) {
            output = reader.readAllAsString();
        }
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the command hangs");
        return new Result(process.exitValue(), output);
    }

    private static String succeed(String... arguments) throws Exception {
        Result result = run(arguments);
        assertEquals(0, result.exitCode(), result.output());
        return result.output();
    }

    private static Child observed(String... arguments) throws IOException {
        Child child = Child.start(ObservedProgram.class, QUIET, arguments);
        child.await("ready");
        return child;
    }

    @Test
    void everyViewShowsProcessUnderLoad() throws Exception {
        try (Child child = observed("50")) {
            String pid = Long.toString(child.pid());
            String table = succeed("ps", pid);
            assertTrue(table.startsWith("ID "), table);
            assertTrue(
                    table.lines()
                                    .filter(line -> line.contains("Connection.readLine"))
                                    .filter(line -> line.contains("UserCode.java:"))
                                    .count()
                            >= 50,
                    table);
            String tree = succeed("tree", pid);
            assertTrue(tree.contains("accepting"), tree);
            assertTrue(tree.contains("  task load: "), tree);
            String census = succeed("census", pid);
            assertTrue(census.contains("50 in Connection.readLine at UserCode.java:"), census);
            String top = succeed("top", pid, "--once", "--sort=read");
            assertTrue(top.contains(" 50 with a connection; "), top);
            for (String command : List.of("ps", "tree", "census", "top")) {
                String json = succeed(command, pid, "--json", "--once");
                assertTrue(json.startsWith("[{\"") || json.startsWith("{\""), json);
                assertEquals(1, json.lines().count(), json);
            }
            assertTrue(succeed().contains(pid + " " + ObservedProgram.class.getName()));
        }
    }

    @Test
    void recordWritesFiles(@TempDir Path scratch) throws Exception {
        Path folder = scratch.resolve("what happened");
        try (Child child = observed("3")) {
            String pid = Long.toString(child.pid());
            List<String> files = succeed("record", pid, folder.toString(), "1").lines().toList();
            assertEquals(
                    List.of("loomline.jfr", "operations.txt", "tree.txt", "census.txt"),
                    files.stream().map(each -> Path.of(each).getFileName().toString()).toList());
            for (String each : files) assertTrue(Files.size(Path.of(each)) > 0, each);
            assertTrue(Files.readString(folder.resolve("tree.txt")).contains("task load"));
            assertTrue(Files.readString(folder.resolve("operations.txt")).contains("connection"));
        }
    }

    @Test
    void topRefreshesUntilTheProcessHasEnded() throws Exception {
        try (Child child = observed("3")) {
            Process top = start("top", Long.toString(child.pid()));
            try (BufferedReader output = top.inputReader()) {
                for (int tables = 0; tables < 2; ) {
                    String line = output.readLine();
                    assertTrue(line != null, "ended after " + tables + " tables");
                    if (line.startsWith("READ/S")) tables++;
                }
                child.signal("KILL");
                assertTrue(top.waitFor(30, TimeUnit.SECONDS), "the command hangs");
                assertEquals(0, top.exitValue());
            } finally {
                top.destroyForcibly();
            }
        }
    }

    /** On a terminal, which script(1) provides. */
    @Test
    void keysChangeTheOrderOfTop() throws Exception {
        String script = Programs.require("script", "bsdutils");
        try (Child child = observed("3")) {
            String command =
                    "%s -XX:TieredStopAtLevel=1 -jar %s top %d".formatted(JAVA, jar, child.pid());
            Process top =
                    new ProcessBuilder(script, "-qefc", command, "/dev/null")
                            .redirectErrorStream(true)
                            .start();
            try (BufferedReader output = top.inputReader();
                    BufferedWriter keys = top.outputWriter()) {
                awaitLine(output, "; by wait");
                keys.write("a\n");
                keys.flush();
                awaitLine(output, "; by age");
                keys.write("q\n");
                keys.flush();
                assertTrue(top.waitFor(30, TimeUnit.SECONDS), "the command hangs");
                assertEquals(0, top.exitValue());
            } finally {
                top.destroyForcibly();
            }
        }
    }

    private static void awaitLine(BufferedReader output, String part) throws IOException {
        String line;
        do line = output.readLine();
        while (line != null && !line.contains(part));
        assertTrue(line != null, "ended without " + part);
    }

    @Test
    void drainShutsTheServersDown() throws Exception {
        try (Child child = observed("5")) {
            String report = succeed("drain", Long.toString(child.pid()), "1");
            assertTrue(report.contains("5 cancelled"), report);
            child.await("drained");
        }
    }

    @Test
    void libraryOnTheModulePathIsFound() throws Exception {
        List<String> command = Child.command(ObservedProgram.class, QUIET, "3");
        int at = command.indexOf("--class-path");
        String withoutClasses =
                command.get(at + 1).replace(Path.of("target", "classes") + File.pathSeparator, "");
        command.set(at + 1, withoutClasses);
        command.addAll(at, List.of("--module-path", modulePath(), "--add-modules", "io.loomline"));
        try (Child child = Child.start(command)) {
            child.await("ready");
            String census = succeed("census", Long.toString(child.pid()));
            assertTrue(census.contains("3 in Connection.readLine at UserCode.java:"), census);
        }
    }

    private static String modulePath() {
        String all =
                System.getProperty("jdk.module.path", "")
                        + File.pathSeparator
                        + System.getProperty("java.class.path");
        String slf4j =
                List.of(all.split(File.pathSeparator)).stream()
                        .filter(path -> path.contains("slf4j-api"))
                        .findFirst()
                        .orElseThrow();
        return Path.of("target", "classes") + File.pathSeparator + slf4j;
    }

    @Test
    void hostileNameOfPeerIsEscaped() throws Exception {
        Path folder = Files.createTempDirectory(Path.of("/tmp"), "ob");
        try (Child child = observed("hostile", folder.toString())) {
            String pid = Long.toString(child.pid());
            for (String command : List.of("ps", "tree", "census", "top")) {
                for (String format : List.of("--once", "--json")) {
                    String output = succeed(command, pid, "--once", format);
                    assertFalse(output.contains("\u001b"), output);
                    assertFalse(output.contains("\nroot"), output);
                    assertTrue(output.contains("u001b[2J"), output);
                }
            }
        } finally {
            Files.deleteIfExists(folder.resolve("evil\u001b[2J\nroot <b>"));
            Files.deleteIfExists(folder.resolve("server"));
            Files.deleteIfExists(folder);
        }
    }

    @Test
    void nameThatIsCutInAPairOrHasHalfOfOneIsAnswered() throws Exception {
        try (Child child = observed("pairs")) {
            String pid = Long.toString(child.pid());
            for (String format : List.of("--once", "--json")) {
                for (String command : List.of("ps", "tree")) {
                    String output = succeed(command, pid, format);
                    assertTrue(output.contains("ud83d"), output);
                }
            }
        }
    }

    @Test
    void digitsOfTheLocaleOfTheProcessAreNotUsed() throws Exception {
        List<String> options = new ArrayList<>(QUIET);
        options.addAll(
                List.of("-Duser.language=ar", "-Duser.country=EG", "-Duser.extensions=nu-arab"));
        try (Child child = Child.start(ObservedProgram.class, options, "3")) {
            child.await("ready");
            String pid = Long.toString(child.pid());
            for (String command : List.of("ps", "census")) {
                String json = succeed(command, pid, "--json");
                assertTrue(json.matches("[ -~]+\\R"), json);
            }
            assertEquals(
                    "[{\"finished\":0,\"cancelled\":3,\"aborted\":0}]",
                    succeed("drain", pid, "1", "--json").strip());
        }
    }

    @Test
    void processThatEndsBeforeItAnswersIsAFailure(@TempDir Path scratch) throws Exception {
        Path folder = scratch.resolve("begun");
        try (Child child = observed("1")) {
            Process command = start("record", Long.toString(child.pid()), folder.toString(), "30");
            Eventually.holds(() -> Files.exists(folder));
            child.signal("KILL");
            assertTrue(command.waitFor(30, TimeUnit.SECONDS), "the command hangs");
            assertEquals(1, command.exitValue());
            assertEquals(
                    "process " + child.pid() + " has ended before it answered",
                    command.inputReader().readLine());
        }
    }

    @Test
    void stoppedProcessIsNamedAtOnce() throws Exception {
        try (Child child = observed("1")) {
            child.signal("STOP");
            Eventually.holds(() -> isStopped(child.pid()));
            Result result = run("ps", Long.toString(child.pid()));
            assertEquals(1, result.exitCode());
            assertTrue(result.output().contains("it is stopped"), result.output());
            assertEquals(1, result.output().lines().count(), result.output());
        }
    }

    private static boolean isStopped(long pid) {
        try {
            String status = Files.readString(Path.of("/proc", Long.toString(pid), "status"));
            return status.contains("State:\tT");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void folderMayHaveAnyName(@TempDir Path scratch) throws Exception {
        Path folder = scratch.resolve("a; recorded repeatedly");
        try (Child child = observed("1")) {
            succeed("record", Long.toString(child.pid()), folder.toString(), "1");
            assertTrue(Files.exists(folder.resolve("tree.txt")));
        }
    }

    @Test
    void listIsJsonAndSortedByNumber() throws Exception {
        try (Child child = observed("1")) {
            String list = succeed("--json").strip();
            String program = ObservedProgram.class.getName();
            assertTrue(
                    list.contains("{\"pid\":" + child.pid() + ",\"program\":\"" + program), list);
            assertTrue(list.startsWith("[{") && list.endsWith("}]"), list);
        }
        var entries = List.of(new ProcessList.Entry(9, "b"), new ProcessList.Entry(10, "a"));
        assertEquals(entries, ProcessList.sorted(entries.reversed()));
    }

    @Test
    void processOfAnotherUserAnswersRoot() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root may ask");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "needs setpriv");
        assumeTrue(isReachableByAll(Path.of(JAVA)), "the JDK is in a directory of root's");
        List<String> launcher =
                List.of("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
        requireCensus(launcher, Path.of("/tmp"));
    }

    /** As in a container, or with PrivateTmp of systemd. */
    @Test
    void processWithOtherTemporaryFilesAnswers() throws Exception {
        List<String> launcher = List.of("unshare", "--mount", "sh", "-c", HIDE_TMP, "sh");
        assumeTrue(isPermitted(launcher), "no mount namespaces for this user");
        assumeTrue(!JAVA.startsWith("/tmp"), "the JDK is among the temporary files");
        requireCensus(launcher, Path.of("/var/tmp"));
    }

    /**
     * Asks a process for its census.
     *
     * @param launcher starts the process
     * @param parent where the process sees what it runs
     */
    private static void requireCensus(List<String> launcher, Path parent) throws Exception {
        Path shared = Files.createTempDirectory(parent, "all");
        List<String> java = Child.command(ObservedProgram.class, QUIET, "3");
        int at = java.indexOf("--class-path") + 1;
        java.set(at, copied(java.get(at), shared));
        List<String> command = new ArrayList<>(launcher);
        command.addAll(java);
        try (Child child = Child.start(command)) {
            child.await("ready");
            String census = succeed("census", Long.toString(child.pid()));
            assertTrue(census.contains("3 in Connection.readLine at UserCode.java:"), census);
        } finally {
            delete(shared);
        }
    }

    private static boolean isPermitted(List<String> launcher) throws Exception {
        List<String> command = new ArrayList<>(launcher);
        command.add("true");
        try {
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException e) {
            return false; // there is no such program
        }
    }

    private static void delete(Path folder) throws Exception {
        new ProcessBuilder("rm", "-r", folder.toString()).start().waitFor();
    }

    private static boolean isReachableByAll(Path file) throws IOException {
        for (Path each = file.toRealPath(); each != null; each = each.getParent()) {
            if (!Files.getPosixFilePermissions(each).contains(PosixFilePermission.OTHERS_EXECUTE))
                return false;
        }
        return true;
    }

    /** The library, the program and the logger, where other users can read them. */
    private static String copied(String classPath, Path folder) throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> copied = new ArrayList<>();
        for (String each : List.of(classPath.split(File.pathSeparator))) {
            if (!each.startsWith("target") && !each.contains("slf4j-api")) continue;
            Path copy = folder.resolve("part" + copied.size());
            new ProcessBuilder("cp", "-r", each, copy.toString()).start().waitFor();
            new ProcessBuilder("chmod", "-R", "a+rX", copy.toString()).start().waitFor();
            copied.add(copy.toString());
        }
        return String.join(File.pathSeparator, copied);
    }

    @Test
    void severalCopiesOfTheLibraryAnswerTogether(@TempDir Path scratch) throws Exception {
        String[] library = modulePath().split(File.pathSeparator);
        for (int i = 0; i < library.length; i++) {
            library[i] = Path.of(library[i]).toAbsolutePath().toString();
        }
        List<String> command = Child.command(CopiesProgram.class, QUIET, library);
        int at = command.indexOf("--class-path") + 1;
        command.set(at, Path.of("target", "test-classes").toString());
        try (Child child = Child.start(command)) {
            child.await("ready");
            String pid = Long.toString(child.pid());
            String json = succeed("ps", pid, "--json").strip();
            assertTrue(json.contains("\"copy0\"") && json.contains("\"copy1\""), json);
            assertTrue(json.startsWith("[{") && json.endsWith("}]"), json);
            assertEquals(json.indexOf('['), json.lastIndexOf('['), json);
            succeed("record", pid, scratch.toString(), "1");
            Path[] trees = {scratch.resolve("tree.txt"), scratch.resolve("copy-2/tree.txt")};
            String both = Files.readString(trees[0]) + Files.readString(trees[1]);
            assertTrue(both.contains("copy0") && both.contains("copy1"), both);
        }
    }

    @Test
    void copyThatCannotAnswerIsReportedBesideTheOthers() {
        var answers =
                List.of(
                        new Question.Answer(true, "[{\"a\":1}]\n"),
                        new Question.Answer(false, "an older \"version\""),
                        new Question.Answer(true, "[]\n"));
        Question.Answer json = CopyAnswers.merge("ps json", answers);
        assertEquals(
                "[{\"a\":1},{\"error\":\"a copy of Loomline in this process: an older"
                        + " \\\"version\\\"\"}]",
                json.text().strip());
        assertTrue(json.success());
        assertTrue(CopyAnswers.merge("ps text", answers).text().contains("an older"));
        assertFalse(CopyAnswers.merge("ps text", List.of(answers.get(1))).success());
    }

    @Test
    void answerThatCannotBeWrittenIsAFailure(@TempDir Path scratch) throws Exception {
        var question = new Question("1", false, scratch, "ps text");
        assertTrue(question.answer(true, "half a pair: \ud83d"));
        assertEquals(new Question.Answer(true, "half a pair: ?"), question.takeAnswer());
        Files.createDirectories(scratch.resolve("draft")); // cannot be written
        assertFalse(question.answer(true, "text"));
        var elsewhere = new Question("1", false, scratch.resolve("gone"), "ps text");
        assertFalse(elsewhere.answer(true, "text"));
    }

    @Test
    void processThatIsGoneIsNamed() throws Exception {
        Process gone = new ProcessBuilder(JAVA, "-version").start();
        gone.waitFor();
        Result result = run("ps", Long.toString(gone.pid()));
        assertEquals(1, result.exitCode());
        assertEquals(
                "process " + gone.pid() + ": there is no such process", result.output().strip());
    }

    @Test
    void processWithoutLoomlineIsRefused() throws Exception {
        try (Child child = Child.start(Bystander.class, QUIET)) {
            child.await("ready");
            Result result = run("ps", Long.toString(child.pid()));
            assertEquals(1, result.exitCode());
            assertTrue(result.output().contains("no runtime of Loomline"), result.output());
        }
    }

    @Test
    void otherVersionIsRefused() throws Exception {
        List<String> options = List.of("-Dio.loomline.observable=0");
        try (Child child = Child.start(Bystander.class, options)) {
            child.await("ready");
            Result result = run("tree", Long.toString(child.pid()));
            assertEquals(1, result.exitCode());
            assertTrue(result.output().contains("another version"), result.output());
        }
    }

    @Test
    void wrongCommandLineIsExplained() throws Exception {
        for (String[] wrong :
                new String[][] {
                    {"foo"},
                    {"ps", "x"},
                    {"ps", "-1"},
                    {"ps", "0"},
                    {"ps", "1", "2"},
                    {"ps", "--x"},
                    {"top", "1", "--sort=x"},
                    {"drain", "1", "x"}
                }) {
            Result result = run(wrong);
            assertEquals(2, result.exitCode(), () -> String.join(" ", wrong));
            assertTrue(result.output().contains("usage: java -jar"), result.output());
        }
        assertTrue(succeed("--help").startsWith("usage: "));
    }
}
