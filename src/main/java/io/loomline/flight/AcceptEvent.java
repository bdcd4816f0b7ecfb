package io.loomline.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

import org.jspecify.annotations.Nullable;

@Name("io.loomline.Accept")
@Label("Accept")
@Category("Loomline")
@Description("A server accepted a connection")
@Enabled(false)
@StackTrace(false)
final class AcceptEvent extends Event {
    /** Tells whether the event is enabled. */
    static final AcceptEvent PROBE = new AcceptEvent();

    @Label("Remote Address")
    @Nullable String remoteAddress;

    @Label("Local Address")
    @Description("Of the listener")
    @Nullable String localAddress;
}
