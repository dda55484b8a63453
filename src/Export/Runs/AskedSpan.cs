using Google.Protobuf.WellKnownTypes;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Books;

namespace Platform.Export.Runs;

/// <summary>What people ask to be exported: a month of the books, or an exact window.</summary>
internal static class AskedSpan
{
    /// <summary>A month: of a closed one as it was booked unless the basis is named, which then never changes; of another by when it occurred, so far.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (WINDOW_INVALID); UNAVAILABLE.</exception>
    public static async Task<(RunSpan Span, TimeZoneInfo Zone)> OfMonthAsync(BookReader books, string period, Basis basis, CancellationToken cancellationToken)
    {
        var (month, zone, isClosed) = await books.FindAsync(period, cancellationToken);
        return (new RunSpan(month.From, month.To, BasisOf(basis, isClosed), month.Name), zone);
    }

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (WINDOW_INVALID).</exception>
    public static RunSpan OfWindow(Timestamp? from, Timestamp? to, Basis basis)
    {
        var span = new RunSpan(Moment("from", from), Moment("to", to), BasisOf(basis, isClosed: false));
        return span.From < span.To ? span : throw RpcErrors.InvalidArgument("from must be before to.", Reasons.WindowInvalid);
    }

    public static RunBasis BasisOf(Basis basis, bool isClosed) => basis switch
    {
        Basis.Unspecified => isClosed ? RunBasis.Booked : RunBasis.Occurred,
        Basis.Occurred => RunBasis.Occurred,
        Basis.Booked => RunBasis.Booked,
        _ => throw RpcErrors.InvalidArgument("basis must be occurred or booked.", Reasons.WindowInvalid),
    };

    private static DateTimeOffset Moment(string field, Timestamp? timestamp) =>
        timestamp is not null && Moments.IsUsable(timestamp)
            ? timestamp.ToDateTimeOffset().TruncateToMicroseconds()
            : throw RpcErrors.InvalidArgument(Moments.Complaint(field), Reasons.WindowInvalid);
}
