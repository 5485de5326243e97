// A Kafka client that is not ours: Apache's own, so that what it sends and reads is what any Java program would.
//
//   create BROKERS TOPIC PARTITIONS [KEY=VALUE ...]     makes a topic with these settings
//   produce BROKERS TOPIC binary|structured [commit|abort]
//       CloudEvents, one JSON object a line on stdin, keyed by their tenant; binary mode puts the attributes into ce_
//       headers and the data into the value, structured mode the whole event into the value; with a last word all of
//       it is one transaction that ends so
//   consume BROKERS TOPIC [COUNT SECONDS]
//       what is committed, one JSON object a line: partition, offset, timestamp, key, value, headers; all that is there
//       now, or until there were COUNT records, at most SECONDS (exit 1 when they did not come)
//   allow BROKERS USER PREFIX
//       gives the user the rights that CLUSTER.md asks for: on topics, groups and transactional ids whose names begin so
//   forbid|permit BROKERS USER PREFIX
//       takes the right Delete on those topics away from the user, or gives it back
//   trim BROKERS TOPIC PARTITION OFFSET
//       deletes the records below the offset
//   remove BROKERS TOPIC ...      deletes topics
//   raise BROKERS TOPIC PARTITIONS
//       gives the topic more partitions
//   partitions PARTITIONS KEYS
//       so many made-up keys (hexadecimal) and the partition that Apache's partitioner gives each
//
// Exit: 0 good, 1 what was awaited did not come, 2 could not run. Run by tests/kafka/foreign.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public final class ForeignClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);

  public static void main(String[] args) throws Exception {
    System.setOut(System.err); // What a library logs must not stand among the records.
    int exit;
    switch (args.length == 0 ? "" : args[0]) {
      case "create": exit = create(args); break;
      case "produce": exit = produce(args[1], args[2], args[3], args.length > 4 ? args[4] : ""); break;
      case "consume": exit = consume(args); break;
      case "allow": exit = allow(args[1], args[2], args[3]); break;
      case "forbid": exit = forbid(args[1], args[2], args[3], true); break;
      case "permit": exit = forbid(args[1], args[2], args[3], false); break;
      case "trim": exit = trim(args[1], args[2], Integer.parseInt(args[3]), Long.parseLong(args[4])); break;
      case "remove": exit = remove(args); break;
      case "raise": exit = raise(args[1], args[2], Integer.parseInt(args[3])); break;
      case "forget": exit = forget(args); break;
      case "partitions": exit = partitions(Integer.parseInt(args[1]), Integer.parseInt(args[2])); break;
      default: System.err.println("foreign: create, produce, consume or partitions"); exit = 2;
    }
    OUT.flush();
    System.exit(exit);
  }

  private static Properties properties(String brokers) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", brokers);
    properties.put("key.serializer", ByteArraySerializer.class);
    properties.put("value.serializer", ByteArraySerializer.class);
    properties.put("key.deserializer", ByteArrayDeserializer.class);
    properties.put("value.deserializer", ByteArrayDeserializer.class);
    return properties;
  }

  private static int create(String[] args) throws Exception {
    Map<String, String> settings = new HashMap<>();
    for (int i = 4; i < args.length; ++i) settings.put(args[i].split("=", 2)[0], args[i].split("=", 2)[1]);
    try (Admin admin = Admin.create(properties(args[1]))) {
      NewTopic topic = new NewTopic(args[2], Integer.parseInt(args[3]), (short) 1).configs(settings);
      admin.createTopics(List.of(topic)).all().get();
    }
    return 0;
  }

  private static int remove(String[] args) throws Exception {
    try (Admin admin = Admin.create(properties(args[1]))) {
      admin.deleteTopics(List.of(args).subList(2, args.length)).all().get();
    }
    return 0;
  }

  private static int raise(String brokers, String topic, int partitions) throws Exception {
    try (Admin admin = Admin.create(properties(brokers))) {
      admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions))).all().get();
    }
    return 0;
  }

  private static int forget(String[] args) throws Exception {
    try (Admin admin = Admin.create(properties(args[1]))) {
      admin.deleteConsumerGroups(List.of(args).subList(2, args.length)).all().get();
    }
    return 0;
  }

  private static int trim(String brokers, String topic, int partition, long before) throws Exception {
    try (Admin admin = Admin.create(properties(brokers))) {
      admin.deleteRecords(Map.of(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(before))).all().get();
    }
    return 0;
  }

  private static int allow(String brokers, String user, String prefix) throws Exception {
    Map<ResourceType, List<AclOperation>> rights = Map.of(
        ResourceType.TOPIC, List.of(AclOperation.READ, AclOperation.WRITE, AclOperation.CREATE, AclOperation.DELETE,
            AclOperation.DESCRIBE_CONFIGS),
        ResourceType.GROUP, List.of(AclOperation.READ),
        ResourceType.TRANSACTIONAL_ID, List.of(AclOperation.WRITE));
    List<AclBinding> all = new ArrayList<>();
    rights.forEach((type, operations) -> operations.forEach(operation -> all.add(new AclBinding(
        new ResourcePattern(type, prefix, PatternType.PREFIXED),
        new AccessControlEntry("User:" + user, "*", operation, AclPermissionType.ALLOW)))));
    try (Admin admin = Admin.create(properties(brokers))) {
      admin.createAcls(all).all().get();
    }
    return 0;
  }

  private static int forbid(String brokers, String user, String prefix, boolean forbidden) throws Exception {
    AclBinding rule = new AclBinding(new ResourcePattern(ResourceType.TOPIC, prefix, PatternType.PREFIXED),
        new AccessControlEntry("User:" + user, "*", AclOperation.DELETE, AclPermissionType.DENY));
    try (Admin admin = Admin.create(properties(brokers))) {
      if (forbidden) admin.createAcls(List.of(rule)).all().get();
      else admin.deleteAcls(List.of(rule.toFilter())).all().get();
    }
    return 0;
  }

  private static int produce(String brokers, String topic, String mode, String end) throws Exception {
    Properties properties = properties(brokers);
    if (!end.isEmpty()) properties.put("transactional.id", "foreign-client");
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      if (!end.isEmpty()) {
        producer.initTransactions();
        producer.beginTransaction();
      }
      List<Future<?>> sent = new ArrayList<>();
      for (String line; (line = lines.readLine()) != null; ) sent.add(producer.send(record(topic, mode, line)));
      producer.flush();
      for (Future<?> one : sent) one.get();
      if (end.equals("commit")) producer.commitTransaction();
      if (end.equals("abort")) producer.abortTransaction();
    }
    return 0;
  }

  // The Kafka protocol binding of CloudEvents 1.0, sections 3.2 (binary) and 3.3 (structured).
  private static ProducerRecord<byte[], byte[]> record(String topic, String mode, String line) throws Exception {
    ObjectNode event = (ObjectNode) JSON.readTree(line);
    byte[] key = event.path("tenant").asText().getBytes(StandardCharsets.UTF_8);
    if (mode.equals("structured")) {
      ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, key, line.getBytes(StandardCharsets.UTF_8));
      header(record, "content-type", "application/cloudevents+json; charset=UTF-8");
      return record;
    }
    JsonNode data = event.remove("data");
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, key, data == null ? null : JSON.writeValueAsBytes(data));
    header(record, "content-type", "application/json");
    event.fieldNames().forEachRemaining(name -> header(record, "ce_" + name, event.path(name).asText()));
    return record;
  }

  private static void header(ProducerRecord<byte[], byte[]> record, String name, String value) {
    record.headers().add(name, value.getBytes(StandardCharsets.UTF_8));
  }

  private static int consume(String[] args) throws Exception {
    long count = args.length > 3 ? Long.parseLong(args[3]) : -1;
    long deadline = System.nanoTime() + Duration.ofSeconds(args.length > 4 ? Long.parseLong(args[4]) : 60).toNanos();
    Properties properties = properties(args[1]);
    properties.put("isolation.level", "read_committed");
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties)) {
      List<TopicPartition> all = new ArrayList<>();
      consumer.partitionsFor(args[2]).forEach(info -> all.add(new TopicPartition(info.topic(), info.partition())));
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      for (long seen = 0; count < 0 ? !reached(consumer, ends) : seen < count; ) {
        if (System.nanoTime() > deadline) {
          System.err.println("foreign: " + seen + " records of " + args[2] + " came before the deadline");
          return 1;
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          OUT.println(line(record));
          ++seen;
        }
      }
    }
    return 0;
  }

  private static boolean reached(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
  }

  private static String line(ConsumerRecord<byte[], byte[]> record) throws Exception {
    ObjectNode node = JSON.createObjectNode();
    node.put("partition", record.partition()).put("offset", record.offset()).put("timestamp", record.timestamp());
    node.put("key", text(record.key())).put("value", text(record.value()));
    ObjectNode headers = node.putObject("headers");
    for (Header header : record.headers()) headers.put(header.key(), text(header.value()));
    return JSON.writeValueAsString(node);
  }

  private static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  // Keys of every length up to 40 bytes, with every byte value: where a sign or a tail is wrong, it shows.
  private static int partitions(int partitions, int keys) {
    Random random = new Random(1);
    for (int i = 0; i < keys; ++i) {
      byte[] key = new byte[1 + i % 40];
      random.nextBytes(key);
      OUT.println(HexFormat.of().formatHex(key) + " " + BuiltInPartitioner.partitionForKey(key, partitions));
    }
    return 0;
  }
}
