package io.loomline.probe;

import io.loomline.task.ContextCarrier;
import io.loomline.task.GroupOptions;
import io.loomline.task.SystemClock;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.MDC;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.NOPLoggerFactory;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;

/**
 * A program that prints the {@link MDC} as tasks see it, and its own slf4j provider. It needs a
 * process of its own, because slf4j chooses a provider once and that of the tests has no MDC.
 */
public final class MdcProbe implements SLF4JServiceProvider {
    private static final String KEY = "user";

    public static void main(String[] args) throws Exception {
        var options = GroupOptions.DEFAULT.withPolicy(GroupOptions.Policy.SUPERVISE);
        try (TaskGroup with =
                        TaskGroup.root(
                                options, SystemClock.INSTANCE, List.of(ContextCarrier.mdc()));
                TaskGroup without = TaskGroup.root(options, SystemClock.INSTANCE, List.of())) {
            System.out.println("empty: " + with.start(MdcProbe::user).join());
            MDC.put(KEY, "a");
            Callable<String> child = () -> with.start(MdcProbe::user).join();
            Task<String> renaming = with.start(() -> rename("b"));
            System.out.println("without: " + without.start(MdcProbe::user).join());
            System.out.println("child: " + with.start(MdcProbe::user).join());
            System.out.println("grandchild: " + with.start(child).join());
            System.out.println("renamed: " + renaming.join());
            System.out.println("after: " + user());
        }
    }

    private static String user() {
        return Objects.requireNonNullElse(MDC.get(KEY), "nobody");
    }

    private static String rename(String name) {
        MDC.put(KEY, name);
        return user();
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return new NOPLoggerFactory();
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return new BasicMarkerFactory();
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return new MapPerThread();
    }

    @Override
    public String getRequestedApiVersion() {
        return "2.0.99";
    }

    @Override
    public void initialize() {}

    /** A map per thread. Unlike that of slf4j, new threads do not inherit it. */
    private static final class MapPerThread implements MDCAdapter {
        private final ThreadLocal<Map<String, String>> map = ThreadLocal.withInitial(HashMap::new);

        @Override
        public void put(String key, String value) {
            map.get().put(key, value);
        }

        @Override
        public String get(String key) {
            return map.get().get(key);
        }

        @Override
        public void remove(String key) {
            map.get().remove(key);
        }

        @Override
        public void clear() {
            map.get().clear();
        }

        @Override
        public Map<String, String> getCopyOfContextMap() {
            return new HashMap<>(map.get());
        }

        @Override
        public void setContextMap(Map<String, String> contextMap) {
            map.set(new HashMap<>(contextMap));
        }

        @Override
        public void pushByKey(String key, String value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String popByKey(String key) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Deque<String> getCopyOfDequeByKey(String key) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void clearDequeByKey(String key) {
            throw new UnsupportedOperationException();
        }
    }
}
