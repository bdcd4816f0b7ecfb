package io.loomline.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

@Name("io.loomline.WriteWait")
@Label("Write Wait")
@Category("Loomline")
@Description("A thread waited until its connection took bytes")
@Enabled(false)
@StackTrace(true)
@Threshold("20 ms")
final class WriteWaitEvent extends WaitEvent {
    /** Tells whether the event is enabled. */
    static final WriteWaitEvent PROBE = new WriteWaitEvent();
}
