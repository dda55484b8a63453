using Grpc.Core;
using Platform.Contracts;

namespace Platform.Export.Objects;

/// <summary>The stores that are set up: one is written to, and runs that went to another are read from there.</summary>
/// <param name="current">What is written to.</param>
internal sealed class ObjectStores(IObjectStore current, params IObjectStore[] others)
{
    public IObjectStore Current => current;

    /// <exception cref="RpcException">FAILED_PRECONDITION (STORE_NOT_SET_UP).</exception>
    public IObjectStore Of(ObjectStoreKind kind) => others.Prepend(current).FirstOrDefault(store => store.Kind == kind) ?? throw RpcErrors.Create(
        StatusCode.FailedPrecondition, Reasons.StoreNotSetUp,
        kind == ObjectStoreKind.S3
            ? "The run's files are in S3, which this service is not set up for any more: set Export__S3__Region or Export__S3__Endpoint again, beside the folder."
            : "The run's files are in the folder that exports went to before, which this service does not know any more: set Export__Directory again, beside S3.");

    /// <summary>What people and their programs open: s3://bucket/key, or of the folder a path in it.</summary>
    public static string LocationOf(ObjectStoreKind kind, string bucket, string key) => kind == ObjectStoreKind.S3 ? $"s3://{bucket}/{key}" : $"{bucket}/{key}";
}
