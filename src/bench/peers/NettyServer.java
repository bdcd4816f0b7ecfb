import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelMatchers;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.string.StringDecoder;
import io.netty.handler.codec.string.StringEncoder;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;

/**
 * Netty, tuned: a line is never made into text nor into an object of its own; answers are put into one
 * buffer and leave when the read is complete. With Netty's own decoder for lines, which gives each to
 * the next handler, pipelined requests cost nearly twice as much. Arguments: transport, threads (0 is
 * Netty's default), "text" for lines the usual way, "decoder" for its decoder alone or "lean", the provider of
 * TLS, service.
 */
public class NettyServer {
    public static void main(String[] args) throws Exception {
        boolean epoll = args[0].equals("epoll");
        IoHandlerFactory transport = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        Class<? extends ServerChannel> type = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        var loops = new MultiThreadIoEventLoopGroup(Integer.parseInt(args[1]), transport);
        boolean secure = args[4].startsWith("tls-");
        String plain = args[4].matches("tls-(line|idle)") ? args[4].substring("tls-".length()) : args[4];
        String service = !args[2].equals("lean") && plain.matches("line|idle") ? args[2] : plain;
        var provider = SslProvider.valueOf(args[3]);
        if (secure && provider == SslProvider.OPENSSL && !OpenSsl.isAvailable()) {
            System.out.println("skipped: " + OpenSsl.unavailabilityCause());
            return;
        }
        SslContext tls = secure ? tls(provider) : null;
        if (service.equals("tls-file")) readFile(provider);
        var allocator = new AdaptiveByteBufAllocator();
        var channel = new ServerBootstrap()
                .group(loops)
                .channel(type)
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childOption(ChannelOption.ALLOCATOR, allocator)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, service.equals("sink") || service.equals("echo"))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        if (tls != null) channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                        serve(channel, service);
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        System.out.println("ready " + ((InetSocketAddress) channel.localAddress()).getPort());
        System.in.read();
        System.exit(0);
    }

    static SslContext tls(SslProvider provider) throws IOException {
        return SslContextBuilder
                .forServer(new File("target/bench/tls-chain.pem"), new File("target/bench/tls-key.pem"))
                .sslProvider(provider)
                .protocols("TLSv1.3")
                .ciphers(List.of("TLS_AES_128_GCM_SHA256"))
                .build();
    }

    static void serve(SocketChannel channel, String service) {
        switch (service) {
            case "line", "idle" ->
                channel.pipeline().addLast(new Lines());
            case "decoder" -> // as its documentation has it
                channel.pipeline().addLast(new LineBasedFrameDecoder(65_536, false, true), new Echo());
            case "text" -> // as its users write it: every line a String
                channel.pipeline().addLast(new LineBasedFrameDecoder(65_536), new StringDecoder(StandardCharsets.UTF_8),
                        new StringEncoder(StandardCharsets.UTF_8), new EchoText());
            case "sink" -> streaming(channel).addLast(new Sink());
            case "echo" -> streaming(channel).addLast(new Echo());
            case "file" -> channel.pipeline().addLast(new LineBasedFrameDecoder(1024), new Sendfile());
            case "tls-sink" -> streaming(channel).addLast(new Acknowledge());
            case "tls-file" -> {
                channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(512 * 1024, 1024 * 1024));
                channel.pipeline().addLast(new LineBasedFrameDecoder(1024), new FromMemory());
            }
            case "broadcast" ->
                channel.pipeline().addLast(new LineBasedFrameDecoder(1024, false, true), new Broadcast());
            default -> throw new IllegalArgumentException(service);
        }
    }

    /** Reads of up to 256 KiB instead of 64. */
    static ChannelPipeline streaming(SocketChannel channel) {
        channel.config().setRecvByteBufAllocator(new AdaptiveRecvByteBufAllocator(64, 65_536, 256 * 1024));
        return channel.pipeline();
    }

    static class Closing extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    static final class Echo extends Closing {
        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            context.write(bytes, context.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        /** What is not sent yet goes out before the end. */
        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event != ChannelInputShutdownEvent.INSTANCE) return;
            context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }

        /** Reads no more from a peer that does not take its answers. */
        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            context.channel().config().setAutoRead(context.channel().isWritable());
        }
    }

    static final class EchoText extends Closing {
        @Override
        public void channelRead(ChannelHandlerContext context, Object line) {
            context.write(line + "\n", context.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }
    }

    /** Finds each line and puts its answer behind the others. */
    static final class Lines extends Closing {
        private ByteBuf rest; // the start of a line whose end has not come
        private ByteBuf answers;

        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            ByteBuf in = (ByteBuf) bytes;
            if (rest != null) {
                rest.writeBytes(in);
                in.release();
                in = rest;
                rest = null;
            }
            for (int end; (end = in.indexOf(in.readerIndex(), in.writerIndex(), (byte) '\n')) >= 0; ) {
                if (answers == null) answers = context.alloc().directBuffer(in.readableBytes());
                answers.writeBytes(in, end + 1 - in.readerIndex());
            }
            if (in.isReadable()) rest = in;
            else in.release();
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            if (answers == null) return;
            context.writeAndFlush(answers, context.voidPromise());
            answers = null;
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext context) {
            if (rest != null) rest.release();
        }
    }

    static final class Sink extends Closing {
        private long total;

        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            total += ((ByteBuf) bytes).readableBytes();
            ((ByteBuf) bytes).release();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event != ChannelInputShutdownEvent.INSTANCE) return;
            var count = Unpooled.copiedBuffer(total + "\n", StandardCharsets.US_ASCII);
            context.writeAndFlush(count).addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** A newline for each whole MiB. */
    static final class Acknowledge extends Closing {
        private static final ByteBuf NEWLINE =
                Unpooled.unreleasableBuffer(Unpooled.directBuffer(1).writeByte('\n').asReadOnly());

        private long total;
        private long acknowledged;

        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            total += ((ByteBuf) bytes).readableBytes();
            ((ByteBuf) bytes).release();
            for (; acknowledged < total >> 20; acknowledged++) context.write(NEWLINE.duplicate(), context.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }
    }

    private static final int WRITE_BYTES = 256 * 1024;
    private static ByteBuf file;

    /** In the memory that the provider reads without a copy: the JDK's ciphers want arrays, BoringSSL does not. */
    static void readFile(SslProvider provider) throws IOException {
        byte[] bytes = Files.readAllBytes(new File("target/bench/file.bin").toPath());
        file = provider == SslProvider.JDK
                ? Unpooled.wrappedBuffer(bytes)
                : Unpooled.directBuffer(bytes.length).writeBytes(bytes);
    }

    static final class FromMemory extends Closing {
        private long left;
        private boolean writing; // a flush may call back

        @Override
        public void channelRead(ChannelHandlerContext context, Object line) {
            ((ByteBuf) line).release();
            left += file.readableBytes();
            write(context);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            write(context);
        }

        private void write(ChannelHandlerContext context) {
            if (writing) return;
            writing = true;
            while (left > 0 && context.channel().isWritable()) {
                int at = (int) ((file.readableBytes() - left % file.readableBytes()) % file.readableBytes());
                context.writeAndFlush(file.retainedSlice(at, WRITE_BYTES), context.voidPromise());
                left -= WRITE_BYTES;
            }
            writing = false;
        }
    }

    static final class Sendfile extends Closing {
        @Override
        public void channelRead(ChannelHandlerContext context, Object line) {
            ((ByteBuf) line).release();
            var file = new File("target/bench/file.bin");
            context.writeAndFlush(new DefaultFileRegion(file, 0, file.length()), context.voidPromise());
        }
    }

    static final class Broadcast extends Closing {
        private static final ChannelGroup MEMBERS = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

        @Override
        public void channelActive(ChannelHandlerContext context) {
            MEMBERS.add(context.channel());
            context.writeAndFlush(Unpooled.copiedBuffer("\n", StandardCharsets.US_ASCII));
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object line) {
            MEMBERS.writeAndFlush(line, ChannelMatchers.all(), true);
        }
    }
}
