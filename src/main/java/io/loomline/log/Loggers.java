package io.loomline.log;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLoggerFactory;
import org.slf4j.spi.SLF4JServiceProvider;

import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * The library's loggers. They use slf4j. If it has no provider, warnings and errors go to standard
 * error, so that an exception of a handler or a task is not lost. A provider that drops everything,
 * such as slf4j-nop, is respected.
 */
public final class Loggers {
    private static final boolean TO_STANDARD_ERROR = !hasProvider();

    private Loggers() {}

    /**
     * The logger of a class.
     *
     * @param user the class that logs
     * @return its logger
     */
    public static Logger of(Class<?> user) {
        return of(user.getName());
    }

    /**
     * The logger of a category.
     *
     * @param name the name of the category
     * @return its logger
     */
    public static Logger of(String name) {
        return TO_STANDARD_ERROR ? new StandardErrorLogger(name) : LoggerFactory.getLogger(name);
    }

    private static boolean hasProvider() {
        if (!(LoggerFactory.getILoggerFactory() instanceof NOPLoggerFactory)) return true;
        ClassLoader sameAsSlf4j = LoggerFactory.class.getClassLoader();
        try {
            var installed = ServiceLoader.load(SLF4JServiceProvider.class, sameAsSlf4j);
            return installed.stream().findAny().isPresent();
        } catch (ServiceConfigurationError | LinkageError e) {
            return false; // slf4j could not load the provider either
        }
    }
}
