package io.loomline;

import static java.util.stream.Collectors.toMap;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which source file refers to which, read from class files: a directed graph of dotted names. A
 * file is named like its top-level class; a class from elsewhere is a name without edges of its
 * own. What the compiler erases, such as an inlined constant, leaves no edge.
 */
final class ClassGraph {
    /** A class type inside a descriptor or a generic signature. */
    private static final Pattern TYPE = Pattern.compile("L([\\w$]+(?:/[\\w$]+)+)[;<]");

    private final Map<String, Set<String>> edges;

    ClassGraph(Map<String, Set<String>> edges) {
        this.edges = new TreeMap<>(edges);
    }

    /** The graph of all class files below a folder, its module descriptor left out. */
    static ClassGraph read(Path folder) throws IOException {
        List<ClassModel> models;
        try (Stream<Path> files = Files.walk(folder)) {
            models =
                    files.filter(file -> file.toString().endsWith(".class"))
                            .map(ClassGraph::parse)
                            .filter(model -> !model.isModuleInfo())
                            .toList();
        }
        Map<String, String> sources =
                models.stream().collect(toMap(ClassGraph::className, ClassGraph::sourceFile));
        Map<String, Set<String>> edges = new TreeMap<>();
        for (ClassModel model : models) {
            Set<String> targets =
                    edges.computeIfAbsent(sourceFile(model), source -> new TreeSet<>());
            references(model).forEach(name -> targets.add(sources.getOrDefault(name, name)));
        }
        return new ClassGraph(edges).map(UnaryOperator.identity());
    }

    private static ClassModel parse(Path file) {
        try {
            return ClassFile.of().parse(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String className(ClassModel model) {
        return dotted(model.thisClass().asInternalName());
    }

    private static String sourceFile(ClassModel model) {
        String source =
                model.findAttribute(Attributes.sourceFile())
                        .orElseThrow(() -> new IllegalArgumentException(className(model)))
                        .sourceFile()
                        .stringValue();
        return packageOf(className(model)) + "." + source.replace(".java", "");
    }

    /**
     * Every class that the constant pool names: types that the code uses, descriptors, signatures.
     */
    private static Set<String> references(ClassModel model) {
        Set<String> names = new TreeSet<>();
        for (PoolEntry entry : model.constantPool()) {
            switch (entry) {
                case ClassEntry type when !type.asInternalName().startsWith("[") ->
                        names.add(dotted(type.asInternalName()));
                case Utf8Entry text ->
                        TYPE.matcher(text.stringValue())
                                .results()
                                .forEach(type -> names.add(dotted(type.group(1))));
                default -> {}
            }
        }
        return names;
    }

    private static String dotted(String internalName) {
        return internalName.replace('/', '.');
    }

    static String packageOf(String name) {
        return name.substring(0, Math.max(0, name.lastIndexOf('.')));
    }

    /** The names that have edges: the files that were read. */
    Set<String> nodes() {
        return Collections.unmodifiableSet(edges.keySet());
    }

    /** What a name refers to, itself left out. */
    Set<String> targets(String node) {
        return Collections.unmodifiableSet(edges.getOrDefault(node, Set.of()));
    }

    /** The graph between groups of names; what happens inside a group is gone. */
    ClassGraph map(UnaryOperator<String> group) {
        Map<String, Set<String>> grouped = new TreeMap<>();
        edges.forEach((node, targets) -> {
            String from = group.apply(node);
            Set<String> to = grouped.computeIfAbsent(from, name -> new TreeSet<>());
            targets.stream().map(group).filter(t -> !t.equals(from)).forEach(to::add);
        });
        return new ClassGraph(grouped);
    }

    /** The shortest cycle through each name that is on one, as {@code A -> B -> A}. */
    Set<String> cycles() {
        Set<String> cycles = new TreeSet<>();
        for (String node : nodes()) {
            List<String> cycle = shortestCycle(node);
            if (!cycle.isEmpty()) {
                cycles.add(fromSmallest(cycle));
            }
        }
        return cycles;
    }

    /** A breadth-first walk from a name until it meets that name again; empty if it never does. */
    private List<String> shortestCycle(String start) {
        Map<String, String> cameFrom = new HashMap<>();
        Queue<String> toVisit = new ArrayDeque<>(List.of(start));
        while (!toVisit.isEmpty() && !cameFrom.containsKey(start)) {
            String node = toVisit.remove();
            for (String target : targets(node)) {
                if (cameFrom.putIfAbsent(target, node) == null) {
                    toVisit.add(target);
                }
            }
        }
        if (!cameFrom.containsKey(start)) {
            return List.of();
        }
        List<String> cycle = new ArrayList<>();
        String node = start;
        do {
            cycle.addFirst(node);
            node = cameFrom.get(node);
        } while (!node.equals(start));
        return cycle;
    }

    private static String fromSmallest(List<String> cycle) {
        List<String> rotated = new ArrayList<>(cycle);
        Collections.rotate(rotated, -rotated.indexOf(Collections.min(rotated)));
        rotated.add(rotated.getFirst());
        return String.join(" -> ", rotated);
    }
}
