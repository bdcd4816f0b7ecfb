package com.example;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/** Has two copies of the library, each with an open runtime. */
public final class CopiesProgram {
    private CopiesProgram() {}

    /**
     * Opens the runtimes.
     *
     * @param arguments the class path of the library
     */
    public static void main(String[] arguments) throws Exception {
        List<URL> places = new ArrayList<>();
        for (String each : arguments) places.add(Path.of(each).toUri().toURL());
        for (int i = 0; i < 2; i++) {
            ClassLoader parent = ClassLoader.getPlatformClassLoader();
            @SuppressWarnings("resource") // lasts as long as the process
            var loader = new URLClassLoader(places.toArray(URL[]::new), parent);
            Class<?> runtime = loader.loadClass("io.loomline.Runtime");
            Object opened = runtime.getMethod("open").invoke(null);
            Callable<Void> wait = () -> await(new CountDownLatch(1));
            runtime.getMethod("start", String.class, Callable.class)
                    .invoke(opened, "copy" + i, wait);
        }
        System.out.println("ready");
        await(new CountDownLatch(1));
    }

    private static Void await(CountDownLatch latch) throws InterruptedException {
        latch.await();
        return null;
    }
}
