using Google.Protobuf;
using Platform.Contracts;

namespace Platform.ServiceDefaults.Grpc;

/// <summary>Lists that are answered whole where no page is asked for, as callers of before there were pages ask.</summary>
public static class WholeAnswers
{
    /// <summary>The answer, if a caller can receive it.</summary>
    /// <param name="rows">How many it has.</param>
    /// <param name="what">What they are, for people.</param>
    /// <exception cref="global::Grpc.Core.RpcException">INVALID_ARGUMENT (TOO_MANY_ROWS): it is larger than <see cref="PlatformGrpc.LargestMessageBytes"/>.</exception>
    public static T Fitting<T>(T answer, int rows, string what)
        where T : IMessage<T> => answer.CalculateSize() <= PlatformGrpc.LargestMessageBytes
        ? answer
        : throw RpcErrors.InvalidArgument($"There are {rows} {what}, more than one answer holds. Ask for them by pages: give page_size.", Reasons.TooManyRows);
}
