using System.Numerics;
using System.Runtime.InteropServices;
using Platform.Forecast.Projection;
using Platform.Forecast.Work;
using Platform.Forecasting;
using Platform.Forecasting.Sampling;

namespace Platform.Forecast.Segments;

/// <summary>
/// Draws the futures of all segments together: path number n is one world in all of them. A cost is rounded to a nano-unit once, for a segment, a path and a day; all sums are
/// of whole numbers from there on, so they add up exactly and come out the same in any order, on any number of cores.
/// </summary>
internal sealed class JointPaths
{
    public const int Paths = 1000;

    /// <summary>What all futures are drawn from.</summary>
    public const ulong Seed = 20_260_601;
    private const int PairsAtOnce = 10;

    /// <summary>The pattern that repeats is that of the third and fourth week: their middle is so many weeks ahead.</summary>
    private const double PatternMiddle = 2.5;

    /// <summary>Weeks from the middle of those that the level is read off, which is some days back where it follows quickly and two weeks where it follows slowly, to the middle of the first one ahead.</summary>
    private const double LevelAge = 1;
    private const int FirstWeek = SegmentForecaster.EngineDays / SegmentForecaster.Week;

    /// <summary>Logarithms of what becomes of a level at most and at least: twenty times as much, a hundredth.</summary>
    private const double MostGrowth = 3;
    private const double LeastGrowth = -4.6;

    private readonly HorizonCalendar _calendar;
    private readonly Range[] _columns;
    private readonly int _weeks;
    private readonly int _normals;

    /// <summary>By week, <see cref="Trend.LeftAfter"/>: a power that every path of every segment asks for.</summary>
    private readonly double[] _offLeft;

    private JointPaths(HorizonCalendar calendar)
    {
        _calendar = calendar;
        _columns = calendar.RangesOfColumns();
        _weeks = (calendar.Days + SegmentForecaster.Week - 1) / SegmentForecaster.Week;
        _offLeft = [.. Enumerable.Range(0, _weeks).Select(week => Trend.LeftAfter(week - PatternMiddle))];
        _normals = calendar.Days + 2 + 1 + _weeks;
    }

    /// <summary>Weeks that the level of a piece has grown for, on average over its days; 0 for columns that are no pieces.</summary>
    public static double[] WeeksToPieces(HorizonCalendar calendar)
    {
        var (sums, days, pieces) = (new double[HorizonCalendar.Columns], calendar.DaysOfColumns(), calendar.PiecesOfDays());
        for (var day = 0; day < pieces.Length; day++)
        {
            sums[pieces[day]] += WeeksGrown(day / SegmentForecaster.Week);
        }

        return [.. sums.Select((sum, piece) => days[piece] == 0 ? 0 : sum / days[piece])];
    }

    /// <summary>From the days that the level is read off to a week ahead.</summary>
    private static double WeeksGrown(int week) => week + LevelAge;

    /// <param name="teams">In order; segments of a team together.</param>
    /// <param name="shared">By team.</param>
    public static (List<SegmentPaths[]> Segments, List<TeamPaths> Teams) Draw(
        HorizonCalendar calendar, IReadOnlyList<(string TeamId, IReadOnlyList<SegmentForecast> Segments)> teams, IReadOnlyList<SharedErrors> shared,
        CancellationToken cancellationToken)
    {
        var joint = new JointPaths(calendar);
        List<SegmentPaths[]> segments = [.. teams.Select(team => team.Segments.Select(segment => new SegmentPaths(segment, Paths)).ToArray())];
        List<TeamPaths> totals = [.. teams.Select(team => new TeamPaths(team.TeamId, Paths, calendar.Days))];
        Parallel.For(0, Paths / 2 / PairsAtOnce, WorkThreads.Options(cancellationToken), chunk =>
        {
            var draw = new ChunkDraw(joint, chunk * PairsAtOnce);
            for (var team = 0; team < totals.Count; team++)
            {
                draw.Team(totals[team], segments[team], shared[team]);
            }
        });
        return (segments, totals);
    }

    /// <summary>Some pairs of paths through all teams and segments, of each segment one pair after the other: what is known of it is at hand then.</summary>
    private sealed class ChunkDraw
    {
        private readonly JointPaths _joint;
        private readonly int _firstPair;
        private readonly double[][] _organisation = new double[PairsAtOnce][];
        private readonly double[][] _team = new double[PairsAtOnce][];
        private readonly double[] _own;
        private readonly double[] _path;
        private readonly double[] _mirror;
        private readonly double[] _growth;
        private readonly long[] _nanos;

        /// <summary>By path.</summary>
        private readonly long[][] _totals = new long[2 * PairsAtOnce][];

        public ChunkDraw(JointPaths joint, int firstPair)
        {
            (_joint, _firstPair, _own) = (joint, firstPair, new double[joint._normals]);
            var days = joint._calendar.Days;
            (_path, _mirror, _growth, _nanos) = (new double[days], new double[days], new double[days], new long[days]);
            for (var pair = 0; pair < PairsAtOnce; pair++)
            {
                (_organisation[pair], _team[pair]) = (new double[joint._normals], new double[joint._normals]);
                (_totals[2 * pair], _totals[2 * pair + 1]) = (new long[days], new long[days]);
                Fill(_organisation[pair], Randomness.SeedOf(""), pair);
            }
        }

        public void Team(TeamPaths total, SegmentPaths[] segments, SharedErrors shared)
        {
            var seed = Randomness.SeedOf(total.TeamId + "\n");
            for (var pair = 0; pair < PairsAtOnce; pair++)
            {
                Fill(_team[pair], seed, pair);
                Mix(_team[pair], _organisation[pair], shared.OfOrganisation, shared.OfTeam);
                Array.Clear(_totals[2 * pair]);
                Array.Clear(_totals[2 * pair + 1]);
            }

            foreach (var segment in segments)
            {
                if (segment.Forecast.Outlook is { } outlook)
                {
                    Segment(segment, outlook, shared.Own);
                }
            }

            for (var path = 0; path < _totals.Length; path++)
            {
                total.Set(2 * _firstPair + path, _totals[path]);
            }
        }

        private void Segment(SegmentPaths segment, SeriesOutlook outlook, double ofOwn)
        {
            var seed = Randomness.SeedOf(segment.SeedName);
            for (var pair = 0; pair < PairsAtOnce; pair++)
            {
                Fill(_own, seed, pair);
                Mix(_own, _team[pair], 1, ofOwn);
                outlook.DrawPair(_own.AsSpan(0, _path.Length + 2), _path, _mirror);
                Take(segment, 2 * pair, _path, 1);
                Take(segment, 2 * pair + 1, _mirror, -1);
            }
        }

        /// <summary>own = ofOthers × others + ofOwn × own.</summary>
        private static void Mix(double[] own, double[] others, double ofOthers, double ofOwn)
        {
            var mine = MemoryMarshal.Cast<double, Vector<double>>(own.AsSpan());
            var theirs = MemoryMarshal.Cast<double, Vector<double>>(others.AsSpan());
            for (var i = 0; i < mine.Length; i++)
            {
                mine[i] = ofOthers * theirs[i] + ofOwn * mine[i];
            }

            for (var i = mine.Length * Vector<double>.Count; i < own.Length; i++)
            {
                own[i] = ofOthers * others[i] + ofOwn * own[i];
            }
        }

        /// <param name="seed">Of the name of what they are drawn for.</param>
        private void Fill(double[] normals, ulong seed, int pair) => new Randomness(Randomness.SeedOf(Seed ^ seed, (ulong)(_firstPair + pair))).Fill(normals);

        /// <param name="path">Of those that are drawn here.</param>
        private void Take(SegmentPaths segment, int path, double[] days, int sign)
        {
            var at = days.Length + 2;
            Grow(segment.Forecast.Cost, sign, _own[at], _own.AsSpan(at + 1));
            Nanos.FromForecasts(days, _growth, _nanos);
            Nanos.AddTo(_totals[path], _nanos);

            // Written only: memory that is read before it was ever written is given twice by the system.
            var columns = segment.Path(2 * _firstPair + path);
            for (var column = 0; column < columns.Length; column++)
            {
                columns[column] = Nanos.Sum(_nanos.AsSpan(_joint._columns[column]));
            }
        }

        /// <summary>
        /// What the level is multiplied by, by day, the same throughout a week: the growth that the past shows; and, beyond the engine's own weeks, which know how levels wander, how far that may be off and what the level has wandered
        /// since. Half of their variance is taken off, so that not knowing is no growth: the mean of all paths is the growth that is known.
        /// </summary>
        private void Grow(Trend trend, int sign, double slopeNormal, ReadOnlySpan<double> weekNormals)
        {
            var wander = 0.0;
            for (var week = 0; week < _joint._weeks; week++)
            {
                var unknown = 0.0;
                if (week >= FirstWeek)
                {
                    wander += trend.Wander * sign * weekNormals[week];
                    var off = trend.Off(_joint._offLeft[week]);
                    unknown = sign * off * slopeNormal + wander - (off * off + trend.Wander * trend.Wander * (week - FirstWeek + 1)) / 2;
                }

                var from = week * SegmentForecaster.Week;
                _growth.AsSpan(from, Math.Min(SegmentForecaster.Week, _growth.Length - from))
                    .Fill(Math.Exp(Math.Clamp(trend.Slope * WeeksGrown(week) + unknown, LeastGrowth, MostGrowth)));
            }
        }
    }
}
