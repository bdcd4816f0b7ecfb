package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Every channel that wraps another one overrides each default method of {@link Channel}. */
class ChannelWrapperTest {
    /** Inherited on purpose: TLS has to encrypt the bytes. */
    private static final Set<String> INHERITED =
            Set.of("TlsChannel.tryWriteFrom", "TlsChannel.openFile", "TlsChannel.openPipe");

    private static List<Class<?>> wrappers() throws Exception {
        Path root =
                Path.of(Channel.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(root::relativize)
                    .map(Path::toString)
                    .filter(name -> name.endsWith(".class") && name.contains("Channel"))
                    .<Class<?>>map(ChannelWrapperTest::load)
                    .filter(ChannelWrapperTest::isWrapper)
                    .toList();
        }
    }

    private static Class<?> load(String file) {
        String name = file.substring(0, file.length() - ".class".length()).replace('/', '.');
        try {
            return Class.forName(name, false, Channel.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isWrapper(Class<?> type) {
        return Channel.class.isAssignableFrom(type)
                && Arrays.stream(type.getDeclaredFields())
                        .anyMatch(field -> field.getType() == Channel.class);
    }

    /** The default methods that a class does not override. */
    private static Set<String> inherited(Class<?> wrapper) {
        Set<String> names = new TreeSet<>();
        for (Method each : Channel.class.getMethods()) {
            if (each.isDefault() && !isOverridden(each, wrapper)) {
                names.add(wrapper.getSimpleName() + "." + each.getName());
            }
        }
        return names;
    }

    private static boolean isOverridden(Method method, Class<?> wrapper) {
        try {
            var found = wrapper.getMethod(method.getName(), method.getParameterTypes());
            return found.getDeclaringClass() != Channel.class;
        } catch (NoSuchMethodException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void wrappersOverrideEveryDefaultMethod() throws Exception {
        List<Class<?>> wrappers = wrappers();
        Set<String> names = new TreeSet<>();
        wrappers.forEach(each -> names.add(each.getSimpleName()));
        assertTrue(names.containsAll(List.of("ProxiedChannel", "TlsChannel")), names::toString);
        Set<String> inherited = new TreeSet<>();
        wrappers.forEach(each -> inherited.addAll(inherited(each)));
        assertEquals(INHERITED, inherited);
    }
}
