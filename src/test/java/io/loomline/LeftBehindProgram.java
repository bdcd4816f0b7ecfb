package io.loomline;

import java.io.File;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.StringTokenizer;
import java.util.concurrent.TimeUnit;

/**
 * Loads an application of Loomline with a class loader of its own, as a container does, runs it and
 * drops it. Prints what is left.
 */
final class LeftBehindProgram {
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(15);

    private static final List<String> INHERITED = Collections.synchronizedList(new ArrayList<>());

    /** Records every thread that inherits from the calling thread. */
    private static final InheritableThreadLocal<Object> LOCAL =
            new InheritableThreadLocal<>() {
                @Override
                protected Object childValue(Object parent) {
                    String stack = List.of(new Throwable().getStackTrace()).toString();
                    // the JDK starts carrier threads from the first thread that needs one
                    if (!stack.contains("CarrierThread")) INHERITED.add(stack);
                    return parent;
                }
            };

    /** Kept reachable until the threads have ended. */
    private static Object application;

    private LeftBehindProgram() {}

    public static void main(String[] arguments) throws Exception {
        LOCAL.set(new Object());
        WeakReference<ClassLoader> loader = work();
        System.out.println("inherited " + INHERITED);
        System.out.println("threads " + awaitNoThread());
        application = null;
        long start = System.nanoTime();
        while (!loader.refersTo(null) && System.nanoTime() - start < LIMIT_NANOS) {
            System.gc();
            Thread.onSpinWait();
        }
        System.out.println(loader.refersTo(null) ? "collected" : "kept");
        System.exit(0);
    }

    private static WeakReference<ClassLoader> work() throws Exception {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (var loader = new URLClassLoader(urls(), ClassLoader.getPlatformClassLoader())) {
            Thread.currentThread().setContextClassLoader(loader);
            Class<?> work = Class.forName("io.loomline.LeftBehindWork", true, loader);
            application = work.getConstructor().newInstance();
            ((Runnable) application).run();
            return new WeakReference<>(loader);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    private static URL[] urls() throws MalformedURLException {
        List<URL> urls = new ArrayList<>();
        var paths = new StringTokenizer(System.getProperty("java.class.path"), File.pathSeparator);
        while (paths.hasMoreTokens()) urls.add(Path.of(paths.nextToken()).toUri().toURL());
        return urls.toArray(URL[]::new);
    }

    /** Waits for the threads of Loomline to end; returns those that remain. */
    private static List<String> awaitNoThread() {
        long start = System.nanoTime();
        List<String> ours;
        do {
            ours =
                    Thread.getAllStackTraces().keySet().stream()
                            .map(Thread::getName)
                            .filter(name -> name.startsWith("loomline"))
                            .toList();
            Thread.onSpinWait();
        } while (!ours.isEmpty() && System.nanoTime() - start < LIMIT_NANOS);
        return ours;
    }
}
