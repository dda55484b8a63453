using System.Net;
using System.Text;
using Platform.Export.Objects.S3;

namespace Platform.Export.Tests.S3;

/// <summary>What a store has to promise, of S3: against a server, and read by plain HTTP.</summary>
[Collection(S3ServerCollection.Name)]
public class S3StoreTests(S3Server server)
{
    private const int MiB = 1024 * 1024;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Object_is_there_once_it_is_committed_and_not_before()
    {
        var (store, bucket) = (server.Store(), server.NewBucket());
        await using (var given = await store.CreateAsync(bucket, "a/b/file", Cancel))
        {
            await given.Stream.WriteAsync("up"u8.ToArray(), Cancel);
        }

        Assert.Null(await store.GetAsync(bucket, "a/b/file", Cancel));
        Assert.Null(await server.ReadAsync(bucket, "a/b/file", Cancel));
        foreach (var text in new[] { "one", "another", "" })
        {
            await WriteAsync(store, bucket, "a/b/file", Encoding.UTF8.GetBytes(text));
            Assert.Equal(text, Encoding.UTF8.GetString((await server.ReadAsync(bucket, "a/b/file", Cancel))!));
            await using var stream = await store.GetAsync(bucket, "a/b/file", Cancel);
            Assert.Equal(text, await new StreamReader(stream!).ReadToEndAsync(Cancel));
        }
    }

    [Theory]
    [InlineData((5 * MiB) - 1, 1)]
    [InlineData(5 * MiB, 1)]
    [InlineData((5 * MiB) + 1, 5)]
    [InlineData(12 * MiB, 6)]
    public async Task Large_object_is_sent_in_parts_and_reads_back_as_it_was_written(int size, int requests)
    {
        var (wire, bucket) = (server.Wire(), server.NewBucket());
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        await WriteAsync(server.Store(wire), bucket, "large", bytes);

        // One, or: older uploads, the beginning, the parts, the end.
        Assert.Equal(requests, wire.Asked.Count);
        Assert.Equal(bytes, await server.ReadAsync(bucket, "large", Cancel));
        Assert.Empty(S3Wire.Unfinished(server.Folder, bucket));
    }

    [Fact]
    public async Task Upload_that_is_not_committed_is_given_up()
    {
        var (store, bucket) = (server.Store(), server.NewBucket());
        await using (var given = await store.CreateAsync(bucket, "large", Cancel))
        {
            await given.Stream.WriteAsync(new byte[6 * MiB], Cancel);
            Assert.Single(S3Wire.Unfinished(server.Folder, bucket));
        }

        Assert.Empty(S3Wire.Unfinished(server.Folder, bucket));
        Assert.Empty(server.Keys(bucket));
    }

    [Fact]
    public async Task What_a_crash_left_of_a_key_is_given_up_by_its_next_writer_and_of_other_keys_not()
    {
        var bucket = server.NewBucket();
        foreach (var key in new[] { "large", "larger" })
        {
            // Nobody disposes what a dead process wrote.
            var dead = await server.Store().CreateAsync(bucket, key, Cancel);
            await dead.Stream.WriteAsync(new byte[6 * MiB], Cancel);
        }

        await WriteAsync(server.Store(), bucket, "large", new byte[6 * MiB]);

        Assert.Single(S3Wire.Unfinished(server.Folder, bucket));
        Assert.Equal(["large"], server.Keys(bucket));
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, "AccessDenied")]
    [InlineData(HttpStatusCode.NotImplemented, "NotImplemented")]
    [InlineData(HttpStatusCode.MethodNotAllowed, "MethodNotAllowed")]
    public async Task Server_that_lists_no_uploads_is_written_to_all_the_same(HttpStatusCode status, string code)
    {
        var (wire, bucket) = (server.Wire(), server.NewBucket());
        wire.Answer = request => request.Method == HttpMethod.Get && request.RequestUri!.Query.Contains("uploads", StringComparison.Ordinal) ? S3Wire.Refusal(status, code) : null;
        await WriteAsync(server.Store(wire), bucket, "large", new byte[6 * MiB]);
        Assert.Equal(6 * MiB, (await server.ReadAsync(bucket, "large", Cancel))!.Length);
    }

    /// <summary>S3 begins its answer before it has put the parts together, and so with 200 whatever comes of it.</summary>
    [Theory]
    [InlineData("InternalError", "500")]
    [InlineData("SlowDown", "503")]
    public async Task End_of_an_upload_that_fails_behind_a_status_of_200_is_a_failure_and_gives_it_up(string code, string message)
    {
        var (wire, bucket) = (server.Wire(), server.NewBucket());
        wire.Answer = request => request.Method == HttpMethod.Post && request.RequestUri!.Query.Contains("uploadId", StringComparison.Ordinal) ? S3Wire.Refusal(HttpStatusCode.OK, code, message) : null;
        var failure = await Assert.ThrowsAsync<IOException>(() => WriteAsync(server.Store(wire), bucket, "large", new byte[6 * MiB]));
        Assert.Contains($"does not write in bucket {bucket}", failure.Message, StringComparison.Ordinal);
        Assert.Contains(code, failure.Message, StringComparison.Ordinal);
        Assert.Empty(server.Keys(bucket));
        Assert.Empty(S3Wire.Unfinished(server.Folder, bucket));
    }

    [Fact]
    public async Task Key_with_every_kind_of_character_is_written_as_it_stands()
    {
        var (store, bucket) = (server.Store(), server.NewBucket());
        const string Key = "ai spend+2/ünï/BILLING_PERIOD=2026-06/a&b(1)!'~.json";
        await WriteAsync(store, bucket, Key, "x"u8.ToArray());
        Assert.Equal([Key], server.Keys(bucket));
        await using var stream = await store.GetAsync(bucket, Key, Cancel);
        Assert.NotNull(stream);
    }

    [Theory]
    [InlineData("http://ceph.internal:7480", "", "http://ceph.internal:7480/bucket/file")]
    [InlineData("https://account.r2.cloudflarestorage.com", "auto", "https://account.r2.cloudflarestorage.com/bucket/file")]
    [InlineData("", "eu-central-1", "https://bucket.s3.eu-central-1.amazonaws.com/file")]
    public async Task Bodies_are_signed_by_their_hash_and_sent_as_they_are_wherever_they_go(string endpoint, string region, string address)
    {
        var (wire, options, asked) = (server.Wire(), server.Options(), new List<string>());
        (options.S3.Endpoint, options.S3.Region) = (endpoint, region);
        wire.Answer = request =>
        {
            var body = request.Content is { } content && request.Method == HttpMethod.Put ? content.ReadAsByteArrayAsync(Cancel).GetAwaiter().GetResult() : [];
            if (request.Method == HttpMethod.Put)
            {
                Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(body)), string.Concat(request.Headers.GetValues("x-amz-content-sha256")));
                Assert.Empty(request.Content!.Headers.ContentEncoding);
                asked.Add($"{request.RequestUri!.GetLeftPart(UriPartial.Path)} {body.Length}");
            }

            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                Headers = { { "ETag", "\"1\"" } },
                Content = new StringContent(request.RequestUri!.Query is "?uploads" or "?uploads=" ? "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>" : "<X/>", Encoding.UTF8, "application/xml"),
            };
        };
        await WriteAsync(S3Server.StoreOf(options, wire), "bucket", "file", "x"u8.ToArray());
        await WriteAsync(S3Server.StoreOf(options, wire), "bucket", "file", new byte[6 * MiB]);
        Assert.Equal([$"{address} 1", $"{address} {5 * MiB}", $"{address} {MiB}"], asked);
    }

    [Fact]
    public async Task Checksums_go_with_every_object_and_part_where_they_are_set()
    {
        var (wire, bucket, options, sums, ends) = (server.Wire(), server.NewBucket(), server.Options(), new List<string>(), new List<string>());
        options.S3.Checksums = true;
        wire.Answer = request =>
        {
            if (request.Method != HttpMethod.Get)
            {
                ends.Add($"{request.Method} {(request.Headers.TryGetValues("x-amz-checksum-algorithm", out var algorithm) ? string.Concat(algorithm) : "")}");
            }

            if (request.Method == HttpMethod.Post && request.RequestUri!.Query.Contains("uploadId", StringComparison.Ordinal))
            {
                ends.Add(request.Content!.ReadAsStringAsync(Cancel).GetAwaiter().GetResult());
                return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<CompleteMultipartUploadResult/>", Encoding.UTF8, "application/xml") };
            }

            if (request.Method != HttpMethod.Put)
            {
                return null;
            }

            var sum = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(request.Content!.ReadAsByteArrayAsync(Cancel).GetAwaiter().GetResult()));
            Assert.Equal(sum, string.Concat(request.Headers.GetValues("x-amz-checksum-sha256")));
            Assert.Empty(request.Content.Headers.ContentEncoding);
            sums.Add(sum);
            return new HttpResponseMessage(HttpStatusCode.OK) { Headers = { { "ETag", "\"1\"" }, { "x-amz-checksum-sha256", sum } }, Content = new StringContent("") };
        };
        await WriteAsync(S3Server.StoreOf(options, wire), bucket, "small", "x"u8.ToArray());
        await WriteAsync(S3Server.StoreOf(options, wire), bucket, "large", new byte[6 * MiB]);
        Assert.Equal(3, sums.Count);
        Assert.Contains("POST SHA256", ends);
        Assert.All(sums.Skip(1), sum => Assert.Contains($"<ChecksumSHA256>{sum}</ChecksumSHA256>", ends[^1], StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("123456789012")]
    [InlineData("")]
    public async Task Owner_of_the_bucket_goes_with_every_request_where_it_is_set(string owner)
    {
        var (wire, bucket, options, owners) = (server.Wire(), server.NewBucket(), server.Options(), new List<string>());
        options.S3.ExpectedBucketOwner = owner;
        wire.Answer = request =>
        {
            owners.Add(request.Headers.TryGetValues("x-amz-expected-bucket-owner", out var said) ? string.Concat(said) : "");
            return null;
        };
        var store = S3Server.StoreOf(options, wire);
        await WriteAsync(store, bucket, "small", "x"u8.ToArray());
        await using (var dead = await store.CreateAsync(bucket, "large", Cancel))
        {
            await dead.Stream.WriteAsync(new byte[6 * MiB], Cancel);
        }

        // Nobody disposes what a dead process wrote: the next writer gives it up.
        await (await store.CreateAsync(bucket, "large", Cancel)).Stream.WriteAsync(new byte[6 * MiB], Cancel);
        await WriteAsync(store, bucket, "large", new byte[6 * MiB]);
        await (await store.GetAsync(bucket, "small", Cancel))!.DisposeAsync();
        Assert.Equal(wire.Asked.Count, owners.Count);
        Assert.Equal([owner], owners.Distinct());
    }

    [Fact]
    public async Task Encryption_is_asked_for_where_it_is_set()
    {
        var (wire, bucket, options) = (server.Wire(), server.NewBucket(), server.Options());
        (options.S3.ServerSideEncryption, options.S3.KmsKeyId) = ("aws:kms", "alias/finance");
        var asked = new List<string>();
        wire.Answer = request =>
        {
            if (request.Headers.TryGetValues("x-amz-server-side-encryption", out var method))
            {
                asked.Add($"{request.Method} {string.Concat(method)} {string.Concat(request.Headers.GetValues("x-amz-server-side-encryption-aws-kms-key-id"))}");
            }

            return null;
        };
        var store = S3Server.StoreOf(options, wire);
        await WriteAsync(store, bucket, "small", "x"u8.ToArray());
        await WriteAsync(store, bucket, "large", new byte[6 * MiB]);
        Assert.Equal(["PUT aws:kms alias/finance", "POST aws:kms alias/finance"], asked);
    }

    [Fact]
    public async Task Failing_request_is_tried_again_a_few_times()
    {
        var (wire, bucket) = (server.Wire(), server.NewBucket());
        var failures = 2;
        wire.Answer = _ => failures-- > 0 ? S3Wire.Refusal(HttpStatusCode.ServiceUnavailable, "SlowDown") : null;
        await WriteAsync(server.Store(wire), bucket, "file", "x"u8.ToArray());
        Assert.Equal(3, wire.Asked.Count);
        Assert.Equal("x"u8.ToArray(), await server.ReadAsync(bucket, "file", Cancel));
    }

    [Fact]
    public async Task Cancelled_writer_ends_at_once_as_cancelled()
    {
        var (wire, bucket) = (server.Wire(), server.NewBucket());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        wire.Answer = request =>
        {
            if (request.Method == HttpMethod.Put)
            {
                stop.Cancel();
            }

            return null;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await using var written = await server.Store(wire).CreateAsync(bucket, "large", stop.Token);
            await written.Stream.WriteAsync(new byte[12 * MiB], stop.Token);
        });
        Assert.Empty(S3Wire.Unfinished(server.Folder, bucket));
    }

    [Fact]
    public async Task Silent_download_ends_with_an_error()
    {
        var (wire, options) = (server.Wire(), server.Options());
        options.S3.TimeoutSeconds = 1;
        wire.Answer = _ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new SilentStream()) { Headers = { ContentLength = 10 } } };
        await using var stream = await S3Server.StoreOf(options, wire).GetAsync("bucket", "key", Cancel);
        var error = await Assert.ThrowsAsync<IOException>(async () => await stream!.ReadExactlyAsync(new byte[10], Cancel));
        Assert.Contains("sent nothing of key in bucket bucket for 1 s", error.Message, StringComparison.Ordinal);
    }

    internal static async Task WriteAsync(S3ObjectStore store, string bucket, string key, byte[] bytes)
    {
        await using var written = await store.CreateAsync(bucket, key, Cancel);
        await written.Stream.WriteAsync(bytes, Cancel);
        await written.CommitAsync(Cancel);
    }

    private sealed class SilentStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }
}
