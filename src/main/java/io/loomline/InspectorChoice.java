package io.loomline;

import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.observe.InspectorOptions;
import io.loomline.observe.inspector.Inspector;
import io.loomline.observe.live.ObservedRuntime;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Opens the inspector that the options or the system property ask for. Without either, no class of
 * it is loaded.
 */
final class InspectorChoice {
    private static final String PORT_PROPERTY = "io.loomline.inspector";
    private static final String ACTIONS_PROPERTY = "io.loomline.inspector.actions";
    private static final String MODULE = "jdk.httpserver";
    private static final Logger LOG = Loggers.of(InspectorChoice.class);

    /** The runtime that the property's port serves; null while there is none. */
    private static final AtomicReference<@Nullable ObservedRuntime> FIRST = new AtomicReference<>();

    private InspectorChoice() {}

    /**
     * Opens it.
     *
     * @return null if there is to be none, or if only the property asks for it and that fails
     */
    static @Nullable Inspector open(RuntimeOptions options, ObservedRuntime runtime) {
        InspectorOptions chosen = options.inspector();
        if (chosen != null) return started(runtime, chosen);
        InspectorOptions asked = fromProperties();
        if (asked == null) return null;
        if (!FIRST.compareAndSet(null, runtime)) {
            LOG.info("the property's inspector serves another runtime than {}", runtime.name());
            return null;
        }
        try {
            return started(runtime, asked);
        } catch (UncheckedIOException | UnsupportedOperationException e) {
            closed(runtime);
            // the property may be meant for another process, as in JAVA_TOOL_OPTIONS
            LOG.warn("no inspector, as property {} asks for: {}", PORT_PROPERTY, LogText.of(e));
            return null;
        } catch (RuntimeException e) {
            closed(runtime);
            throw e;
        }
    }

    /** To be called when the runtime has closed its inspector: the next one may have the port. */
    static void closed(ObservedRuntime runtime) {
        FIRST.compareAndSet(runtime, null);
    }

    private static @Nullable InspectorOptions fromProperties() {
        String port = System.getProperty(PORT_PROPERTY, "");
        if (port.isEmpty()) return null;
        try {
            boolean actions = Boolean.getBoolean(ACTIONS_PROPERTY);
            return InspectorOptions.at(Integer.parseInt(port)).withActions(actions);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "property " + PORT_PROPERTY + " is " + port + ": expected 0 to 65535", e);
        }
    }

    private static Inspector started(ObservedRuntime runtime, InspectorOptions options) {
        if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
            throw new UnsupportedOperationException(
                    "the inspector needs the module "
                            + MODULE
                            + ": start java with --add-modules "
                            + MODULE);
        }
        return Inspector.open(runtime, options);
    }
}
