package io.loomline.observe.inspector;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;

/**
 * Opens two runtimes and prints where their inspectors are, or why there are none. It ends although
 * it closes neither.
 */
final class InspectedProgram {
    private InspectedProgram() {}

    static void main(String[] arguments) {
        try {
            for (int i = 0; i < 2; i++) {
                RuntimeOptions options = RuntimeOptions.DEFAULT.withDriver(Drivers.memory());
                if (arguments.length > 0) options = options.withInspector(0);
                Runtime runtime = Runtime.open(options);
                System.out.println(runtime.inspector().isPresent());
            }
        } catch (RuntimeException e) {
            System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }
}
