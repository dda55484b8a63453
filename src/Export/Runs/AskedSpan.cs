using Google.Protobuf.WellKnownTypes;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Books;
using Platform.Export.Scheduling;

namespace Platform.Export.Runs;

/// <summary>What people ask to be exported: a month of the books, an exact window, or a length that ends now.</summary>
internal static class AskedSpan
{
    /// <summary>What is wrong with a question whatever the time and the books are.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (WINDOW_INVALID).</exception>
    public static void Require(CreateRunRequest asked)
    {
        bool[] given = [asked.Period.Length > 0, asked.Window.Length > 0, asked.From is not null || asked.To is not null];
        if (given.Count(one => one) > 1)
        {
            throw RpcErrors.InvalidArgument("Give one of period, window, or from and to.", Reasons.WindowInvalid);
        }

        if (asked.Window.Length > 0)
        {
            LengthOf(asked.Window);
        }
        else if (asked.Period.Length == 0)
        {
            OfWindow(asked.From, asked.To, asked.Basis);
        }
    }

    /// <summary>Whichever of the three is asked for.</summary>
    /// <exception cref="Grpc.Core.RpcException">As <see cref="Require"/>, also where it lies ahead; UNAVAILABLE.</exception>
    public static async Task<(RunSpan Span, TimeZoneInfo Zone)> OfAsync(
        BookReader books, CreateRunRequest asked, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (asked.Period.Length > 0)
        {
            return await OfMonthAsync(books, asked.Period, asked.Basis, cancellationToken);
        }

        var span = asked.Window.Length > 0
            ? new RunSpan(now - LengthOf(asked.Window), now, BasisOf(asked.Basis, isClosed: false))
            : OfWindow(asked.From, asked.To, asked.Basis);
        RequireBegun(span.From, now);
        return (span, await books.ReadZoneAsync(cancellationToken));
    }

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

    /// <summary>As a month that is yet to come: an empty file would look as if nothing had been used, where somebody has only mistaken the year.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (WINDOW_INVALID).</exception>
    private static void RequireBegun(DateTimeOffset from, DateTimeOffset now)
    {
        if (from >= now)
        {
            throw RpcErrors.InvalidArgument($"from must lie before now; it is {from:yyyy-MM-dd HH:mm:ss'Z'}: there is nothing to export yet.", Reasons.WindowInvalid);
        }
    }

    public static RunBasis BasisOf(Basis basis, bool isClosed) => basis switch
    {
        Basis.Unspecified => isClosed ? RunBasis.Booked : RunBasis.Occurred,
        Basis.Occurred => RunBasis.Occurred,
        Basis.Booked => RunBasis.Booked,
        _ => throw RpcErrors.InvalidArgument("basis must be occurred or booked.", Reasons.WindowInvalid),
    };

    private static TimeSpan LengthOf(string window) => JobWindow.LengthOf(window)
        ?? throw RpcErrors.InvalidArgument($"window must be one of {string.Join(", ", JobWindow.LengthNames)}; it ends now.", Reasons.WindowInvalid);

    private static DateTimeOffset Moment(string field, Timestamp? timestamp) =>
        timestamp is not null && Moments.IsUsable(timestamp)
            ? timestamp.ToDateTimeOffset().TruncateToMicroseconds()
            : throw RpcErrors.InvalidArgument(Moments.Complaint(field), Reasons.WindowInvalid);
}
