package io.loomline.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

@Name("io.loomline.Drain")
@Label("Drain")
@Category("Loomline")
@Description("A server was shut down")
@Enabled(false)
@StackTrace(false)
final class DrainEvent extends Event implements DrainSpan {
    /** Tells whether the event is enabled. */
    static final DrainEvent PROBE = new DrainEvent();

    @Label("Grace")
    @Timespan(Timespan.NANOSECONDS)
    long grace;

    @Label("Notified")
    int notified;

    @Label("Finished")
    int finished;

    @Label("Cancelled")
    int cancelled;

    @Label("Aborted")
    int aborted;

    @Override
    public void end(Duration grace, int notified, int finished, int cancelled, int aborted) {
        end();
        try {
            this.grace = TimeUnit.NANOSECONDS.convert(grace);
            this.notified = notified;
            this.finished = finished;
            this.cancelled = cancelled;
            this.aborted = aborted;
            commit();
        } catch (Throwable e) {
            Flight.drop(e);
        }
    }
}
