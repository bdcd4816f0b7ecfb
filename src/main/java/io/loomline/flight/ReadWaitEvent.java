package io.loomline.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

@Name("io.loomline.ReadWait")
@Label("Read Wait")
@Category("Loomline")
@Description("A thread waited until its connection had input")
@Enabled(false)
@StackTrace(true)
@Threshold("20 ms")
final class ReadWaitEvent extends WaitEvent {
    /** Tells whether the event is enabled. */
    static final ReadWaitEvent PROBE = new ReadWaitEvent();
}
