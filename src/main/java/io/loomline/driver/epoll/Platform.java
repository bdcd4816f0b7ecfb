package io.loomline.driver.epoll;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Linker;
import java.util.List;
import java.util.Locale;

/**
 * Checks whether the driver can run here. The check calls nothing that needs native access, because
 * the JVM would print a warning if that is not enabled.
 */
final class Platform {
    /** The functions that not every C library has. */
    private static final List<String> REQUIRED =
            List.of(
                    "accept4",
                    "epoll_create1",
                    "epoll_ctl",
                    "epoll_wait",
                    "eventfd",
                    "getpwuid_r",
                    "ppoll");

    private Platform() {}

    /** Returns the reason why the driver cannot run here; null if it can. */
    static @Nullable String lack() {
        String system = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
        if (!List.of("linux on amd64", "linux on aarch64")
                .contains(system.toLowerCase(Locale.ROOT))) {
            return "expected Linux on x86-64 or aarch64, got " + system;
        }
        Module module = Platform.class.getModule();
        if (!module.isNativeAccessEnabled()) {
            String name = module.isNamed() ? module.getName() : "ALL-UNNAMED";
            return "the JVM needs the option --enable-native-access=" + name;
        }
        for (String function : REQUIRED) {
            if (Linker.nativeLinker().defaultLookup().find(function).isEmpty()) {
                return "this C library has no " + function;
            }
        }
        return null;
    }
}
