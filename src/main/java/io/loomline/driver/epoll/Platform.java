package io.loomline.driver.epoll;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Linker;
import java.util.List;
import java.util.Locale;

/**
 * Whether the driver can run here. Asking calls nothing that needs native access: without it, the
 * JVM would print a warning.
 */
final class Platform {
    /** What not every C library has. */
    private static final List<String> NEEDED =
            List.of(
                    "accept4",
                    "epoll_create1",
                    "epoll_ctl",
                    "epoll_wait",
                    "eventfd",
                    "getpwuid_r",
                    "ppoll");

    private Platform() {}

    /** Why the driver cannot run here; null if it can. */
    static @Nullable String lack() {
        String system = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
        if (!List.of("linux on amd64", "linux on aarch64")
                .contains(system.toLowerCase(Locale.ROOT))) {
            return "it is for Linux on x86-64 and aarch64, and this is " + system;
        }
        Module module = Platform.class.getModule();
        if (!module.isNativeAccessEnabled()) {
            String name = module.isNamed() ? module.getName() : "ALL-UNNAMED";
            return "the JVM needs the option --enable-native-access=" + name;
        }
        for (String function : NEEDED) {
            if (Linker.nativeLinker().defaultLookup().find(function).isEmpty()) {
                return "this C library has no " + function;
            }
        }
        return null;
    }
}
