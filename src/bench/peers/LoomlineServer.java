import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.Driver;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.net.ServerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Loomline, as its README shows it, with its default limits. Arguments: driver, service. */
public class LoomlineServer {
    public static void main(String[] args) throws Exception {
        Driver driver = driver(args[0]);
        if (driver == null) return;
        ConnectionHandler handler = switch (args[1]) {
            case "line", "idle" -> connection -> {
                String line;
                while ((line = connection.readLine()) != null) connection.writeLine(line);
            };
            default -> throw new IllegalArgumentException(args[1]);
        };
        // the default admits 10,000
        var options = args[1].equals("idle") ? ServerOptions.DEFAULT.withMaxConnections(16_000) : ServerOptions.DEFAULT;
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (var runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(driver))) {
            System.out.println("ready " + runtime.listen(address, options, handler).port());
            System.in.read();
        }
    }

    static Driver driver(String name) throws ReflectiveOperationException {
        try {
            return (Driver) Drivers.class.getMethod(name).invoke(null);
        } catch (NoSuchMethodException e) {
            System.out.println("skipped: there is no driver " + name);
        } catch (java.lang.reflect.InvocationTargetException e) {
            System.out.println("skipped: " + e.getCause());
        }
        return null;
    }
}
