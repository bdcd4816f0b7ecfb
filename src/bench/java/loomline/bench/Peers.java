package loomline.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** The servers to compare: how each is built into target/bench and started. */
final class Peers {
    /** The same for all JVM servers, and the collector that a JVM takes by itself on a server. */
    static final List<String> JVM = List.of("-XX:+UseG1GC", "-Xms512m", "-Xmx1g");

    /** For the memory of idle connections: a heap that holds little more than what lives. */
    static final List<String> JVM_TIGHT = List.of("-XX:+UseSerialGC", "-Xms16m", "-Xmn8m", "-Xmx2g",
            "-XX:MinHeapFreeRatio=5", "-XX:MaxHeapFreeRatio=10");

    static final Path BUILD = Path.of("target/bench");
    static final Path CLASSES = BUILD.resolve("classes");
    private static final Path SOURCES = Path.of("src/bench/peers");
    private static final String PATH = System.getProperty("jdk.module.path");
    static final String JAVA = ProcessHandle.current().info().command().orElseThrow();

    /** Every line is a string, in and out. */
    static final List<String> TEXT =
            List.of("loomline-nio", "loomline-epoll", "netty-epoll-text", "netty-nio-text", "go-text", "asyncio-text");

    /** Lines are bytes. */
    static final List<String> BYTES = List.of("loomline-nio-bytes", "loomline-epoll-bytes", "netty-epoll", "netty-nio",
            "socket", "channel", "go", "asyncio", "uvloop", "tokio", "c", "netty-epoll-tcnative");

    static final List<String> ALL = Stream.of(TEXT, BYTES).flatMap(List::stream).toList();

    /** Other settings of the same, on request. */
    static final List<String> VARIANTS = List.of("loomline-epoll-compact", "netty-epoll-compact",
            "loomline-epoll-bytes-recorded", "loomline-epoll-bytes-jfr", "loomline-epoll-untracked",
            "loomline-nio-fixed", "loomline-epoll-fixed", "netty-epoll-1", "netty-nio-1",
            "netty-epoll-decoder", "netty-nio-decoder", "uvloop-text", "asyncio-callbacks", "uvloop-callbacks");

    /** After the name of a JVM server: the same with options of the JVM. */
    private static final Map<String, List<String>> SETTINGS = Map.of(
            "-compact", List.of("-XX:+UseCompactObjectHeaders"), // of 8 bytes
            "-recorded", List.of("-Dloomline.bench.record=true"), // the operations of each connection
            "-jfr", List.of("-XX:StartFlightRecording:settings=src/main/resources/META-INF/loomline.jfc,disk=false",
                    "-Xlog:jfr+startup=off"),
            "-untracked", List.of("-Djdk.trackAllThreads=false"));

    private Peers() {}

    /** A missing tool or a failed build, as the line that says so. */
    static final class Skipped extends Exception {
        Skipped(String why) {
            super(why);
        }
    }

    static boolean serves(String peer, Scenario scenario) {
        boolean onlyLines = peer.endsWith("-text") || peer.endsWith("-bytes");
        if (onlyLines && (scenario.idle() || !scenario.service().matches("(tls-)?line"))) return false;
        if (scenario.tls() || scenario == Scenario.PLAIN_IDLE) return peer.matches("loomline.*|netty.*");
        if (peer.endsWith("tcnative")) return false;
        boolean jvm = Stream.of("loomline", "netty", "socket", "channel").anyMatch(peer::startsWith);
        return jvm || List.of("line", "sink", "echo").contains(scenario.service());
    }

    /** Load, and the servers in Java. */
    static void compileJava() throws IOException {
        Files.createDirectories(CLASSES);
        List<String> arguments = new ArrayList<>(List.of("-d", CLASSES.toString(), "-cp", PATH));
        for (Path folder : List.of(Path.of("src/bench/java/loomline/bench"), SOURCES)) {
            try (var files = Files.list(folder)) {
                files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
            }
        }
        int status = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, arguments.toArray(String[]::new));
        if (status != 0) throw new IOException("the benchmark does not compile");
    }

    /** Each peer's command, to which the service is appended; those that cannot run are left out. */
    static Map<String, List<String>> commands(List<String> names) {
        Map<String, List<String>> commands = new LinkedHashMap<>();
        for (String name : names) {
            try {
                commands.put(name, command(name));
            } catch (Skipped | IOException e) {
                System.out.println(name + ": skipped: " + e.getMessage());
            }
        }
        return commands;
    }

    private static List<String> command(String name) throws Skipped, IOException {
        int suffix = name.lastIndexOf('-');
        List<String> settings = suffix < 0 ? null : SETTINGS.get(name.substring(suffix));
        if (settings != null) {
            List<String> command = new ArrayList<>(command(name.substring(0, suffix)));
            command.addAll(1, settings); // behind java
            return command;
        }
        return switch (name) {
            case "loomline-nio", "loomline-epoll" -> loomline(name.split("-")[1], "adaptive", "text");
            case "loomline-nio-bytes", "loomline-epoll-bytes" -> loomline(name.split("-")[1], "adaptive", "bytes");
            case "loomline-nio-fixed", "loomline-epoll-fixed" -> loomline(name.split("-")[1], "fixed", "text");
            case "netty-epoll", "netty-nio", "netty-epoll-1", "netty-nio-1", "netty-epoll-text", "netty-nio-text",
                    "netty-epoll-decoder", "netty-nio-decoder", "netty-epoll-tcnative" -> netty(name.split("-"));
            case "socket", "channel" -> List.of(JAVA, "-cp", CLASSES.toString(), "BareServer", name);
            case "wrong" -> List.of(JAVA, "-cp", CLASSES.toString(), "WrongServer");
            case "asyncio", "uvloop", "asyncio-text", "uvloop-text", "asyncio-callbacks", "uvloop-callbacks" -> {
                String loop = name.split("-")[0];
                require("python3");
                run(loop + " is not installed", "python3", "-c", "import " + loop);
                yield List.of("python3", SOURCES.resolve("aio.py").toString(), loop,
                        name.equals(loop) ? "streams" : name.substring(loop.length() + 1));
            }
            case "go", "go-text" -> {
                List<String> command = built("go", "build", "-o", product("go-echo"), SOURCES + "/echo.go");
                yield List.of(command.getFirst(), name.equals("go") ? "bytes" : "text");
            }
            case "c" -> built("gcc", "-O2", "-o", product("c-echo"), SOURCES + "/echo.c");
            case "tokio" -> {
                require("cargo");
                run("cargo could not build it: see " + BUILD + "/build.log", "cargo", "build", "-q", "--release",
                        "--manifest-path", SOURCES + "/tokio/Cargo.toml", "--target-dir", product("tokio"));
                yield List.of(product("tokio/release/echo"));
            }
            default -> throw new IllegalArgumentException("no such peer: " + name + "; see --list");
        };
    }

    /** A server owns its process, as Runtime.run has it; fixed is what Runtime.open does. */
    private static List<String> loomline(String driver, String carriers, String lines) {
        return List.of(JAVA, "--module-path", path("loomline", "slf4j", "classes"), "--add-modules", "io.loomline",
                "--enable-native-access=io.loomline", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dio.loomline.carriers=" + carriers,
                "-cp", CLASSES.toString(), "LoomlineServer", driver, lines);
    }

    private static List<String> netty(String[] words) {
        String option = words.length > 2 ? words[2] : "";
        return List.of(JAVA, "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
                "-cp", withNetty(), "NettyServer",
                words[1], option.equals("1") ? "1" : "0", option.matches("text|decoder") ? option : "lean",
                option.equals("tcnative") ? "OPENSSL" : "JDK");
    }

    static String withNetty() {
        return CLASSES + File.pathSeparator + path("netty");
    }

    /** Those entries of our own path whose last name starts with one of these. */
    private static String path(String... starts) {
        return Arrays.stream(PATH.split(File.pathSeparator))
                .filter(entry -> Arrays.stream(starts)
                        .anyMatch(Path.of(entry).getFileName().toString()::startsWith))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static List<String> built(String... build) throws Skipped, IOException {
        require(build[0]);
        run("it does not build: see " + BUILD + "/build.log", build);
        return List.of(build[Arrays.asList(build).indexOf("-o") + 1]);
    }

    private static String product(String name) {
        return BUILD.resolve(name).toAbsolutePath().toString();
    }

    private static void require(String tool) throws Skipped {
        boolean there = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
        if (!there) throw new Skipped(tool + " is not installed");
    }

    private static void run(String otherwise, String... command) throws Skipped, IOException {
        var log = BUILD.resolve("build.log").toFile();
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                .start();
        try {
            if (process.waitFor() != 0) throw new Skipped(otherwise);
        } catch (InterruptedException e) {
            process.destroy();
            throw new Skipped("interrupted");
        }
    }
}
